#include <ATen/ATen.h>

#include "results.h"
#include "tensors.h"

// What moves elements or makes them of nothing. Where libtorch can, the result shares its input's storage.

namespace whetstone {

namespace {

using Shape = at::IntArrayRef;

/// name(x, numbers) → slot
template <at::Tensor (*op)(const at::Tensor&, Shape)>
napi_value shaped(Args& args) {
  return args.slot(op(args.tensor(0), args.integers(1)));
}

at::Tensor reshape(const at::Tensor& x, Shape shape) { return x.reshape(shape); }
at::Tensor transpose(const at::Tensor& x, Shape permutation) { return x.permute(permutation); }
at::Tensor broadcastTo(const at::Tensor& x, Shape shape) { return x.expand(shape); }
at::Tensor tile(const at::Tensor& x, Shape repeats) { return x.repeat(repeats); }
at::Tensor reverse(const at::Tensor& x, Shape axes) { return x.flip(axes); }

/// rearrange(x, split, permutation, shape) → slot: x reshaped to `split`, its axes permuted, reshaped to `shape`
napi_value rearrange(Args& args) {
  const at::Tensor split = args.tensor(0).reshape(args.integers(1));
  return args.slot(split.permute(args.integers(2)).reshape(args.integers(3)));
}

/// concat(slots, axis) → slot
napi_value concat(Args& args) { return args.slot(at::cat(args.tensors(0), args.integer(1))); }

/// stack(slots, axis) → slot
napi_value stack(Args& args) { return args.slot(at::stack(args.tensors(0), args.integer(1))); }

napi_value parts(Args& args, std::vector<at::Tensor> views) {
  for (at::Tensor& view : views) view = part(std::move(view));
  return args.slots(std::move(views));
}

/// split(x, sizes, axis) → slots
napi_value split(Args& args) {
  return parts(args, at::split_with_sizes(args.tensor(0), args.integers(1), args.integer(2)));
}

/// unstack(x, axis) → slots
napi_value unstack(Args& args) { return parts(args, at::unbind(args.tensor(0), args.integer(1))); }

/// slice(x, begin, size) → slot
napi_value slice(Args& args) {
  at::Tensor view = args.tensor(0);
  const auto begin = args.integers(1);
  const auto size = args.integers(2);
  for (size_t axis = 0; axis < begin.size(); axis++) {
    if (size[axis] != view.size(axis)) view = view.narrow(axis, begin[axis], size[axis]);
  }
  return args.slot(part(std::move(view)));
}

/// stridedSlice(x, begin, strides, size, shape) → slot: element i of axis a is begin[a] + i · strides[a], strides
/// may be negative; then reshaped.
napi_value stridedSlice(Args& args) {
  at::Tensor view = args.tensor(0);
  const auto begin = args.integers(1);
  const auto strides = args.integers(2);
  const auto sizes = args.integers(3);
  std::vector<int64_t> reversed;
  for (size_t axis = 0; axis < begin.size(); axis++) {
    const int64_t size = sizes[axis];
    if (size <= 0) {
      view = view.narrow(axis, 0, 0);
      continue;
    }
    const int64_t last = begin[axis] + (size - 1) * strides[axis];
    const auto [from, to] = std::minmax(begin[axis], last);
    view = view.slice(axis, from, to + 1, std::abs(strides[axis]));
    if (strides[axis] < 0) reversed.push_back(axis);
  }
  view = reversed.empty() ? part(std::move(view)) : view.flip(reversed);
  return args.slot(view.reshape(args.integers(4)));
}

/// pad(x, [before, after, …] of each axis, value) → slot
napi_value pad(Args& args) {
  const auto paddings = args.integers(1);
  std::vector<int64_t> lastFirst;
  for (size_t axis = paddings.size() / 2; axis-- > 0;) {
    lastFirst.push_back(paddings[2 * axis]);
    lastFirst.push_back(paddings[2 * axis + 1]);
  }
  return args.slot(at::constant_pad_nd(args.tensor(0), lastFirst, args.number(2)));
}

/// mirrorPad(x, [before, after, …] of each axis, edge) → slot; the edge itself is repeated where `edge`.
napi_value mirrorPad(Args& args) {
  at::Tensor x = args.tensor(0);
  const auto paddings = args.integers(1);
  const int64_t skipped = args.boolean(2) ? 0 : 1;
  for (int64_t axis = 0; axis < x.dim(); axis++) {
    const int64_t before = paddings[2 * axis];
    const int64_t after = paddings[2 * axis + 1];
    const at::Tensor left = x.narrow(axis, skipped, before).flip(axis);
    const at::Tensor right = x.narrow(axis, x.size(axis) - skipped - after, after).flip(axis);
    x = at::cat({left, x, right}, axis);
  }
  return args.slot(x);
}

/// fill(shape, value, dtype) → slot
napi_value fill(Args& args) {
  const auto options = at::TensorOptions(typeOf(args.string(2))).device(device());
  return args.slot(at::full(args.integers(0), args.number(1), options));
}

/// range(start, step, size, dtype) → slot
napi_value range(Args& args) {
  const auto options = at::TensorOptions(at::kDouble).device(device());
  const at::Tensor steps = at::arange(args.integer(2), options) * args.number(1) + args.number(0);
  return args.slot(steps.to(typeOf(args.string(3))));
}

/// linSpace(start, stop, size) → slot
napi_value linSpace(Args& args) {
  const auto options = at::TensorOptions(at::kFloat).device(device());
  return args.slot(at::linspace(args.number(0), args.number(1), args.integer(2), options));
}

/// diag(x) → slot of x's shape twice, x on its diagonal
napi_value diag(Args& args) {
  const at::Tensor& x = args.tensor(0);
  auto shape = x.sizes().vec();
  shape.insert(shape.end(), x.sizes().begin(), x.sizes().end());
  return args.slot(at::diag(x.reshape({-1})).reshape(shape));
}

}  // namespace

void defineShapes(napi_env env, napi_value exports) {
  define(env, exports, "reshape", shaped<reshape>);
  define(env, exports, "transpose", shaped<transpose>);
  define(env, exports, "broadcastTo", shaped<broadcastTo>);
  define(env, exports, "tile", shaped<tile>);
  define(env, exports, "reverse", shaped<reverse>);
  define(env, exports, "rearrange", rearrange);
  define(env, exports, "concat", concat);
  define(env, exports, "stack", stack);
  define(env, exports, "split", split);
  define(env, exports, "unstack", unstack);
  define(env, exports, "slice", slice);
  define(env, exports, "stridedSlice", stridedSlice);
  define(env, exports, "pad", pad);
  define(env, exports, "mirrorPad", mirrorPad);
  define(env, exports, "fill", fill);
  define(env, exports, "range", range);
  define(env, exports, "linSpace", linSpace);
  define(env, exports, "diag", diag);
}

}  // namespace whetstone
