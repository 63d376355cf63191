#include <ATen/ATen.h>

#include "results.h"
#include "tensors.h"

// What makes one element of many, or of all those before it. Axes are non-negative; an empty list reduces
// nothing.

namespace whetstone {

namespace {

using Axes = at::IntArrayRef;

/// A total of booleans is a number.
at::ScalarType totalType(const at::Tensor& x) {
  return x.scalar_type() == at::kBool ? at::kInt : x.scalar_type();
}

at::Tensor sum(const at::Tensor& x, Axes axes, bool keep) {
  if (axes.empty()) return x.to(totalType(x));
  return at::sum(x, axes, keep, totalType(x));
}

at::Tensor mean(const at::Tensor& x, Axes axes, bool keep) {
  if (axes.empty()) return x.to(at::kFloat);
  return at::mean(x, axes, keep, at::kFloat);
}

at::Tensor prod(const at::Tensor& x, Axes axes, bool keep) {
  at::Tensor product = x.to(totalType(x));
  for (const int64_t axis : axes) product = as(totalType(x), at::prod(product, axis, /*keepdim=*/true));
  if (keep || axes.empty()) return product;
  return product.squeeze(axes);
}

at::Tensor all(const at::Tensor& x, Axes axes, bool keep) { return at::all(x, axes, keep); }
at::Tensor any(const at::Tensor& x, Axes axes, bool keep) { return at::any(x, axes, keep); }

/// name(x, axes, keepDims) → slot
template <at::Tensor (*op)(const at::Tensor&, Axes, bool)>
napi_value reduction(Args& args) {
  return args.slot(op(args.tensor(0), args.integers(1), args.boolean(2)));
}

/// name(x, axes, keepDims) → slot of x's dtype
template <at::Tensor (*op)(const at::Tensor&, Axes, bool)>
napi_value choice(Args& args) {
  const at::Tensor& x = args.tensor(0);
  const auto axes = args.integers(1);
  return args.slot(axes.empty() ? x : op(x, axes, args.boolean(2)));
}

/// name(x, axis) → slot, int32: the first of the extremes; NaN counts as none.
template <at::Tensor (*op)(const at::Tensor&, std::optional<int64_t>, bool)>
napi_value argExtreme(Args& args, double last) {
  at::Tensor x = args.tensor(0);
  if (x.is_floating_point()) x = at::nan_to_num(x, last, INFINITY, -INFINITY);
  if (x.scalar_type() == at::kBool) x = x.to(at::kInt);
  return args.slot(op(x, args.integer(1), false).to(at::kInt));
}
napi_value argMax(Args& args) { return argExtreme<at::argmax>(args, -INFINITY); }
napi_value argMin(Args& args) { return argExtreme<at::argmin>(args, INFINITY); }

/// name(x, axis, exclusive, reverse) → slot; `start` stands before the first when exclusive.
template <at::Tensor (*op)(const at::Tensor&, int64_t, std::optional<at::ScalarType>)>
napi_value cumulative(Args& args, double start) {
  const int64_t axis = args.integer(1);
  const bool reverse = args.boolean(3);
  at::Tensor x = args.tensor(0);
  if (reverse) x = x.flip(axis);
  at::Tensor result = op(x, axis, totalType(x));
  if (args.boolean(2) && x.size(axis) > 0) {
    auto first = x.sizes().vec();
    first[axis] = 1;
    const at::Tensor before = at::full(first, start, result.options());
    result = at::cat({before, result.narrow(axis, 0, x.size(axis) - 1)}, axis);
  }
  return args.slot(reverse ? result.flip(axis) : result);
}
napi_value cumSum(Args& args) { return cumulative<at::cumsum>(args, 0); }
napi_value cumProd(Args& args) { return cumulative<at::cumprod>(args, 1); }

/// name(logits, axis) → slot
template <at::Tensor (*op)(const at::Tensor&, int64_t, std::optional<at::ScalarType>)>
napi_value normalized(Args& args) {
  return args.slot(op(args.tensor(0), args.integer(1), at::kFloat));
}

/// The indices [..., k] of the k largest of x's last axis in their own order; of equals, the first. NaN is the largest.
at::Tensor largest(const at::Tensor& x, int64_t k) {
  const at::Tensor keys = x.is_floating_point() ? at::nan_to_num(x, INFINITY, INFINITY, -INFINITY) : x;
  const at::Tensor least = std::get<0>(at::topk(keys, k)).narrow(-1, k - 1, 1);
  const at::Tensor above = keys > least;
  const at::Tensor equal = keys == least;
  const at::Tensor wanted = k - above.sum(-1, /*keepdim=*/true, at::kInt);
  const at::Tensor kept = above.logical_or(equal.logical_and(equal.cumsum(-1, at::kInt) <= wanted));
  auto shape = x.sizes().vec();
  shape.back() = k;
  const int64_t count = c10::multiply_integers(shape);
  return at::nonzero_static(kept, count).select(1, x.dim() - 1).reshape(shape);
}

/// topK(x, k) → [values, indices]: the largest of the last axis, falling; of equals, the first comes first.
napi_value topK(Args& args) {
  const at::Tensor& x = args.tensor(0);
  const int64_t k = args.integer(1);
  // at::topk leaves the order of equals open; sorting everything takes a hundred times as long on a vocabulary.
  const bool few = k > 0 && 4 * k < x.size(-1) && x.scalar_type() != at::kBool;
  const at::Tensor candidates = few ? largest(x, k) : at::Tensor();
  const at::Tensor among = few ? x.gather(-1, candidates) : x;
  auto [values, order] = at::sort(among, /*stable=*/true, /*dim=*/-1, /*descending=*/true);
  const at::Tensor indices = few ? candidates.gather(-1, order) : order;
  return args.slots({part(values.narrow(-1, 0, k)), indices.narrow(-1, 0, k).to(at::kInt)});
}

}  // namespace

void defineReductions(napi_env env, napi_value exports) {
  define(env, exports, "sum", reduction<sum>);
  define(env, exports, "mean", reduction<mean>);
  define(env, exports, "prod", reduction<prod>);
  define(env, exports, "max", choice<at::amax>);
  define(env, exports, "min", choice<at::amin>);
  define(env, exports, "all", choice<all>);
  define(env, exports, "any", choice<any>);
  define(env, exports, "argMax", argMax);
  define(env, exports, "argMin", argMin);
  define(env, exports, "cumSum", cumSum);
  define(env, exports, "cumProd", cumProd);
  define(env, exports, "softmax", normalized<at::softmax>);
  define(env, exports, "logSoftmax", normalized<at::log_softmax>);
  define(env, exports, "topK", topK);
}

}  // namespace whetstone
