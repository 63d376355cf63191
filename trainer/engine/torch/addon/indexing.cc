#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <bit>

#include "results.h"
#include "tensors.h"

// What looks elements up by index, or puts them there. On the CPU an index that is out of range throws; on CUDA, where
// asking would wait for the device and an unasked one would end the process, it reads 0 and writes nothing.

namespace whetstone {

namespace {

/// `index` with everything outside [0, size) at `size`, where a spare row takes it; as it is on the CPU, which checks.
at::Tensor orSpare(const at::Tensor& index, int64_t size) {
  if (index.is_cpu()) return index;
  return at::where((index < 0).logical_or(index >= size), size, index);
}

/// The slices of x at `index` [M] of that axis.
at::Tensor take(const at::Tensor& x, int64_t axis, const at::Tensor& index) {
  if (index.is_cpu()) return at::index_select(x, axis, index);
  const int64_t size = x.size(axis);
  TORCH_CHECK(size > 0 || index.numel() == 0, "nothing to take from an axis of size 0");
  std::vector<int64_t> along(x.dim(), 1);
  along[axis] = -1;
  const at::Tensor inside = (index >= 0).logical_and(index < size).reshape(along);
  return at::where(inside, at::index_select(x, axis, index.clamp(0, size - 1)), 0).to(x.scalar_type());
}

/// [N, …] of zeros with `rows` added at `index` [M].
at::Tensor sumAt(const at::Tensor& index, const at::Tensor& rows, int64_t size) {
  auto shape = rows.sizes().vec();
  shape[0] = size + 1;
  return at::zeros(shape, rows.options()).index_add_(0, index, rows).narrow(0, 0, size);
}

/// indices [..., R] into the first R axes of `shape` as indices [N] into those axes made one.
at::Tensor flatIndex(const at::Tensor& indices, at::IntArrayRef shape) {
  const int64_t rank = indices.size(-1);
  at::Tensor flat = at::zeros(indices.numel() / std::max<int64_t>(rank, 1), indices.options());
  const at::Tensor columns = indices.reshape({-1, rank});
  for (int64_t axis = 0; axis < rank; axis++) flat = flat * shape[axis] + columns.select(1, axis);
  return flat;
}

/// x with its first `rank` axes made one and all others made one.
at::Tensor asRows(const at::Tensor& x, int64_t rank) {
  const auto rows = c10::multiply_integers(x.sizes().begin(), x.sizes().begin() + rank);
  const auto columns = c10::multiply_integers(x.sizes().begin() + rank, x.sizes().end());
  return x.reshape({rows, columns});
}

/// gather(x, indices, axis, batchDims) → slot
napi_value gather(Args& args) {
  const at::Tensor& x = args.tensor(0);
  const at::Tensor& indices = args.tensor(1);
  const int64_t axis = args.integer(2);
  const int64_t batchDims = args.integer(3);
  std::vector<int64_t> shape(x.sizes().begin(), x.sizes().begin() + axis);
  shape.insert(shape.end(), indices.sizes().begin() + batchDims, indices.sizes().end());
  shape.insert(shape.end(), x.sizes().begin() + axis + 1, x.sizes().end());
  if (batchDims == 0) return args.slot(take(x, axis, indices.reshape({-1})).reshape(shape));
  // One long axis of rows: batch b's row i is b · size + i.
  const int64_t size = x.size(axis);
  const at::Tensor front = x.movedim(axis, batchDims);
  const at::Tensor rows = asRows(front, batchDims + 1);
  const at::Tensor local = asRows(indices, batchDims);
  if (local.is_cpu() && local.numel() > 0 && ((local < 0) | (local >= size)).any().item<bool>()) {
    throw std::out_of_range("an index is not in [0, " + std::to_string(size) + ")");
  }
  const at::Tensor start = at::arange(local.size(0), indices.options()).unsqueeze(1) * size;
  auto found = front.sizes().vec();
  found.erase(found.begin() + batchDims);
  found.insert(found.begin() + batchDims, local.size(1));
  const at::Tensor picked = take(rows, 0, (start + local).reshape({-1})).reshape(found);
  return args.slot(picked.movedim(batchDims, axis).reshape(shape));
}

/// gatherNd(params, indices, shape) → slot
napi_value gatherNd(Args& args) {
  const at::Tensor& params = args.tensor(0);
  const at::Tensor& indices = args.tensor(1);
  const at::Tensor rows = asRows(params, indices.size(-1));
  return args.slot(take(rows, 0, flatIndex(indices, params.sizes())).reshape(args.integers(2)));
}

/// scatterNd(indices, updates, shape) → slot: the sum of the updates at each place
napi_value scatterNd(Args& args) {
  const auto shape = args.integers(2);
  const at::Tensor flat = flatIndex(args.tensor(0), shape);
  const int64_t size = c10::multiply_integers(shape.begin(), shape.begin() + args.tensor(0).size(-1));
  const at::Tensor updates = args.tensor(1).reshape({flat.numel(), -1});
  if (flat.is_cpu() && flat.numel() > 0 && ((flat < 0) | (flat >= size)).any().item<bool>()) {
    throw std::out_of_range("an index is out of the shape's range");
  }
  return args.slot(sumAt(orSpare(flat, size), updates, size).reshape(shape));
}

/// `before`, with the update at each index in the place of what was there; of several at one index, the last.
at::Tensor replaceAt(const at::Tensor& before, const at::Tensor& indices, const at::Tensor& updates) {
  const int64_t rank = indices.size(-1);
  const at::Tensor rows = asRows(before, rank);
  const at::Tensor flat = orSpare(flatIndex(indices, before.sizes()), rows.size(0));
  const at::Tensor spare = rows.narrow(0, 0, std::min<int64_t>(rows.size(0), flat.is_cpu() ? 0 : 1));
  const at::Tensor values = updates.expand({flat.numel(), rows.size(1)});
  return at::index_copy(at::cat({rows, spare}), 0, flat.to(at::kLong), values)
      .narrow(0, 0, rows.size(0))
      .reshape(before.sizes());
}

/// tensorScatterUpdate(tensor, indices, updates) → slot
napi_value tensorScatterUpdate(Args& args) {
  const at::Tensor& before = args.tensor(0);
  const at::Tensor& indices = args.tensor(1);
  const int64_t rank = indices.size(-1);
  return args.slot(replaceAt(before, indices, args.tensor(2).reshape({indices.numel() / rank, -1})));
}

/// sparseToDense(indices, values, default, shape) → slot; a scalar value stands at every index.
napi_value sparseToDense(Args& args) {
  const auto shape = args.integers(3);
  const at::Tensor& values = args.tensor(1);
  at::Tensor indices = args.tensor(0);
  if (indices.dim() < 2) indices = indices.reshape({-1, static_cast<int64_t>(shape.size())});
  const at::Tensor blank = args.tensor(2).to(values.scalar_type()).expand(shape);
  return args.slot(replaceAt(blank, indices, values.dim() == 0 ? values : values.reshape({indices.size(0), -1})));
}

/// oneHot(indices, depth, onValue, offValue, dtype) → slot
napi_value oneHot(Args& args) {
  const at::Tensor& indices = args.tensor(0);
  const at::Tensor hits = indices.unsqueeze(-1) == at::arange(args.integer(1), indices.options());
  const double on = args.number(2);
  const double off = args.number(3);
  const at::ScalarType type = typeOf(args.string(4));
  if (on == 1 && off == 0) return args.slot(hits.to(type));
  return args.slot(at::where(hits, at::scalar_tensor(on, hits.options().dtype(type)), off).to(type));
}

/// unsortedSegmentSum(x, segmentIds, numSegments) → slot; what has an id outside counts nowhere.
napi_value unsortedSegmentSum(Args& args) {
  const at::Tensor& x = args.tensor(0);
  const at::Tensor ids = args.tensor(1).reshape({-1});
  const int64_t size = args.integer(2);
  std::vector<int64_t> shape(x.sizes().begin() + args.tensor(1).dim(), x.sizes().end());
  shape.insert(shape.begin(), size);
  const at::Tensor kept = at::where((ids < 0).logical_or(ids >= size), size, ids);
  return args.slot(sumAt(kept, asRows(x, args.tensor(1).dim()), size).reshape(shape));
}

/// sparseSegmentSum(x, indices, segmentIds, mean) → slot: x's rows at the indices, summed (or averaged) by segment
napi_value sparseSegmentSum(Args& args) {
  const at::Tensor& x = args.tensor(0);
  const at::Tensor& ids = args.tensor(2);
  const int64_t size = ids.numel() == 0 ? 0 : ids[-1].item<int64_t>() + 1;
  at::Tensor sums = sumAt(ids, take(x, 0, args.tensor(1)), size);
  if (args.boolean(3)) {
    const at::Tensor counts = at::bincount(ids, {}, size).clamp_min(1);
    std::vector<int64_t> column(x.dim(), 1);
    column[0] = size;
    sums = as(x.scalar_type(), sums / counts.to(at::kFloat).reshape(column));
  }
  return args.slot(sums);
}

/// bincount(x [N] or [B, N], weights or none of them, size, binary) → slot [size] or [B, size]
napi_value bincount(Args& args) {
  const at::Tensor x = args.tensor(0).dim() == 1 ? args.tensor(0).unsqueeze(0) : args.tensor(0);
  const at::Tensor& weights = args.tensor(1);
  const int64_t size = args.integer(2);
  if (x.numel() > 0 && (x < 0).any().item<bool>()) throw std::out_of_range("x must not be negative");
  const at::Tensor rows = at::arange(x.size(0), x.options()).unsqueeze(1) * (size + 1);
  const at::Tensor flat = (x.clamp_max(size) + rows).reshape({-1});
  const bool counts = weights.numel() == 0 || args.boolean(3);
  const at::Tensor added = counts ? at::ones(flat.numel(), weights.options()) : weights.reshape({-1});
  at::Tensor result = sumAt(flat, added, x.size(0) * (size + 1)).reshape({x.size(0), size + 1}).narrow(1, 0, size);
  if (args.boolean(3)) result = (result > 0).to(result.scalar_type());
  return args.slot(args.tensor(0).dim() == 1 ? result.squeeze(0) : result);
}

/// searchSorted(sequence [B, N], values [B, M], right) → slot [B, M]
napi_value searchSorted(Args& args) {
  return args.slot(at::searchsorted(args.tensor(0).contiguous(), args.tensor(1).contiguous(), /*out_int32=*/true,
                                    args.boolean(2)));
}

/// unique(x, axis) → [values, indices of each in the values], in the order in which they first occur
napi_value unique(Args& args) {
  const int64_t axis = args.integer(1);
  const auto [values, inverse, counts] = at::unique_dim(args.tensor(0), axis, /*sorted=*/true, /*return_inverse=*/true);
  const at::Tensor places = at::arange(inverse.numel(), inverse.options());
  const at::Tensor first = at::full(values.size(axis), inverse.numel(), inverse.options())
                               .scatter_reduce_(0, inverse, places, "amin");
  const at::Tensor order = first.argsort();
  return args.slots({values.index_select(axis, order), order.argsort().index_select(0, inverse).to(at::kInt)});
}

/// multinomial(logits or probabilities [B, N], samples, seed, normalized) → slot [B, samples]
napi_value multinomial(Args& args) {
  const at::Tensor probabilities = args.boolean(3) ? args.tensor(0) : at::softmax(args.tensor(0), -1);
  // The generator takes the low 32 bits only.
  const auto bits = std::bit_cast<uint64_t>(args.number(2));
  const uint64_t seed = bits ^ bits >> 32;
  const at::Tensor cumulated = probabilities.cumsum(-1);
  // Drawn on the CPU whatever the device, so that a seed means the same everywhere.
  const auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  const at::Tensor uniform = at::rand({probabilities.size(0), args.integer(1)}, generator);
  const at::Tensor wanted = uniform.to(cumulated.device()) * cumulated.narrow(1, cumulated.size(1) - 1, 1);
  const at::Tensor found = at::searchsorted(cumulated, wanted, /*out_int32=*/true, /*right=*/true);
  return args.slot(found.clamp_max(cumulated.size(1) - 1));
}

}  // namespace

void defineIndexing(napi_env env, napi_value exports) {
  define(env, exports, "gather", gather);
  define(env, exports, "gatherNd", gatherNd);
  define(env, exports, "scatterNd", scatterNd);
  define(env, exports, "tensorScatterUpdate", tensorScatterUpdate);
  define(env, exports, "sparseToDense", sparseToDense);
  define(env, exports, "oneHot", oneHot);
  define(env, exports, "unsortedSegmentSum", unsortedSegmentSum);
  define(env, exports, "sparseSegmentSum", sparseSegmentSum);
  define(env, exports, "bincount", bincount);
  define(env, exports, "searchSorted", searchSorted);
  define(env, exports, "unique", unique);
  define(env, exports, "multinomial", multinomial);
}

}  // namespace whetstone
