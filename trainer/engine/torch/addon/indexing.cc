#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <bit>

#include "results.h"
#include "tensors.h"

// What looks elements up by index, or puts them there. On the CPU an index that is out of range throws; on CUDA,
// where asking would wait for the device and an unasked one would end the process, it reads 0 and writes nothing.

namespace whetstone {

namespace {

/// `index` with everything outside [0, size) at `size`, where a spare row takes it; on the CPU as it is.
at::Tensor orSpare(const at::Tensor& index, int64_t size) {
  if (index.is_cpu()) return index;
  return at::where((index < 0).logical_or(index >= size), size, index);
}

void checkRange(const at::Tensor& index, int64_t size) {
  if (!index.is_cpu() || index.numel() == 0) return;
  const auto [least, most] = at::aminmax(index);
  for (const int64_t value : {least.item<int64_t>(), most.item<int64_t>()}) {
    if (value >= 0 && value < size) continue;
    throw std::out_of_range(c10::str("the index value ", value, " is not in [0, ", size - 1, "]"));
  }
}

/// The slices of x at `index` [M] of that axis.
at::Tensor take(const at::Tensor& x, int64_t axis, const at::Tensor& index) {
  const int64_t size = x.size(axis);
  checkRange(index, size);
  if (index.is_cpu()) return at::index_select(x, axis, index);
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
  checkRange(local, size);
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

/// The indices of a scattering, [N, R]: those of rank 1 are N indices into one axis.
at::Tensor scatterIndices(const at::Tensor& indices) {
  return indices.reshape({-1, indices.dim() > 1 ? indices.size(-1) : 1});
}

/// scatterNd(indices, updates, shape) → slot: the sum of the updates at each place
napi_value scatterNd(Args& args) {
  const auto shape = args.integers(2);
  const at::Tensor indices = scatterIndices(args.tensor(0));
  const at::Tensor flat = flatIndex(indices, shape);
  const int64_t size = c10::multiply_integers(shape.begin(), shape.begin() + indices.size(1));
  const int64_t columns = c10::multiply_integers(shape.begin() + indices.size(1), shape.end());
  checkRange(flat, size);
  const at::Tensor updates = args.tensor(1).reshape({flat.numel(), columns});
  return args.slot(sumAt(orSpare(flat, size), updates, size).reshape(shape));
}

/// `before`, with the update at each index [N, R] in the place of what was there; of several at one index, the last.
/// A scalar update stands at every index.
at::Tensor replaceAt(const at::Tensor& before, const at::Tensor& indices, const at::Tensor& updates) {
  const at::Tensor rows = asRows(before, indices.size(1));
  const int64_t size = rows.size(0);
  const at::Tensor flat = flatIndex(indices, before.sizes());
  checkRange(flat, size);
  const std::vector<int64_t> shape{flat.numel(), rows.size(1)};
  const at::Tensor values = updates.dim() == 0 ? updates.expand(shape) : updates.reshape(shape);
  // Where the indices cannot be checked, a spare row takes those out of range.
  const at::Tensor spare = at::zeros({flat.is_cpu() ? 0 : 1, rows.size(1)}, rows.options());
  const at::Tensor places = orSpare(flat, size).to(at::kLong);
  const at::Tensor after = at::index_copy(at::cat({rows, spare}), 0, places, values);
  return after.narrow(0, 0, size).reshape(before.sizes());
}

/// tensorScatterUpdate(tensor, indices, updates) → slot
napi_value tensorScatterUpdate(Args& args) {
  return args.slot(replaceAt(args.tensor(0), scatterIndices(args.tensor(1)), args.tensor(2)));
}

/// sparseToDense(indices, values, default, shape) → slot
napi_value sparseToDense(Args& args) {
  const at::Tensor& values = args.tensor(1);
  const at::Tensor blank = args.tensor(2).to(values.scalar_type()).expand(args.integers(3));
  return args.slot(replaceAt(blank, scatterIndices(args.tensor(0)), values));
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

/// bincount(x, weights or none of them, shape [size] or [B, size] of each of x's B rows, binary) → slot
napi_value bincount(Args& args) {
  const at::Tensor& weights = args.tensor(1);
  const auto shape = args.integers(2);
  const int64_t size = shape.back();
  const int64_t rows = shape.size() == 1 ? 1 : shape.front();
  const at::Tensor x = asRows(args.tensor(0), static_cast<int64_t>(shape.size()) - 1);
  if (x.numel() > 0 && (x < 0).any().item<bool>()) throw std::out_of_range("x must not be negative");
  const at::Tensor starts = at::arange(rows, x.options()).unsqueeze(1) * (size + 1);
  const at::Tensor flat = (x.clamp_max(size) + starts).reshape({-1});
  const bool binary = args.boolean(3);
  const bool counts = weights.numel() == 0 || binary;
  const at::Tensor added = counts ? at::ones(flat.numel(), weights.options()) : weights.reshape({-1});
  const at::Tensor sums = sumAt(flat, added, rows * (size + 1)).reshape({rows, size + 1}).narrow(1, 0, size);
  return args.slot((binary ? (sums > 0).to(sums.scalar_type()) : sums).reshape(shape));
}

/// searchSorted(sequence [B, N], values [B, M], right) → slot [B, M]
napi_value searchSorted(Args& args) {
  const at::Tensor sequence = args.tensor(0).contiguous();
  const at::Tensor values = args.tensor(1).contiguous();
  return args.slot(at::searchsorted(sequence, values, /*out_int32=*/true, args.boolean(2)));
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
  define(env, exports, "bincount", bincount);
  define(env, exports, "searchSorted", searchSorted);
  define(env, exports, "multinomial", multinomial);
}

}  // namespace whetstone
