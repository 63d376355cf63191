#include "attention.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "bf16.h"
#include "simd.h"

namespace whetstone {

namespace {

/// Columns are padded to this, so that a row of a tile is whole vector registers.
constexpr int64_t kTile = 32;
constexpr int64_t kMostLength = 256;
constexpr int64_t kMostHeadDim = 128;

int64_t padded(int64_t size) { return (size + kTile - 1) / kTile * kTile; }

/// What of a product the causal mask leaves to do, in blocks of rows.
enum class Part {
  columnsToRow,  // of each row of the result the columns up to its own; the others stay as they were
  innerToRow,    // a has nothing behind column i of its row i
  innerFromRow,  // a has nothing before column i of its row i
};

/// c [m, n] = a [m, k] · b [k, n] (+ c where `adds`), n a multiple of kTile; element (i, k) of a stands at i·ai + k·ak. Four rows by one tile
/// stay in registers.
void multiplySmall(Part part, int64_t m, int64_t n, int64_t k, const float* a, int64_t ai, int64_t ak, const float* b,
                   int64_t ldb, float* c, int64_t ldc, bool adds = false) {
  for (int64_t i = 0; i < m; i += 4) {
    const int64_t rows = std::min<int64_t>(4, m - i);
    const float* own = a + i * ai;
    const int64_t columns = part == Part::columnsToRow ? std::min(n, padded(i + rows)) : n;
    const int64_t begin = part == Part::innerFromRow ? i : 0;
    const int64_t end = part == Part::innerToRow ? std::min(k, i + rows) : k;
    for (int64_t j = 0; j < columns; j += kTile) {
      float s0[kTile] = {}, s1[kTile] = {}, s2[kTile] = {}, s3[kTile] = {};
      if (rows == 4) {
        for (int64_t p = begin; p < end; p++) {
          const float* line = b + p * ldb + j;
          const float a0 = own[p * ak], a1 = own[ai + p * ak], a2 = own[2 * ai + p * ak], a3 = own[3 * ai + p * ak];
#pragma omp simd
          for (int64_t t = 0; t < kTile; t++) {
            s0[t] += a0 * line[t];
            s1[t] += a1 * line[t];
            s2[t] += a2 * line[t];
            s3[t] += a3 * line[t];
          }
        }
      } else {
        float* sums[] = {s0, s1, s2};
        for (int64_t r = 0; r < rows; r++) {
          for (int64_t p = begin; p < end; p++) {
            const float* line = b + p * ldb + j;
            const float value = own[r * ai + p * ak];
#pragma omp simd
            for (int64_t t = 0; t < kTile; t++) sums[r][t] += value * line[t];
          }
        }
      }
      const float* sums[] = {s0, s1, s2, s3};
      for (int64_t r = 0; r < rows; r++) {
        float* out = c + (i + r) * ldc + j;
#pragma omp simd
        for (int64_t t = 0; t < kTile; t++) out[t] = adds ? out[t] + sums[r][t] : sums[r][t];
      }
    }
  }
}

/// b [columns, ldb] = aᵀ of a [rows, lda]
void transpose(int64_t rows, int64_t columns, const float* a, int64_t lda, float* b, int64_t ldb) {
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = 0; j < columns; j++) b[j * ldb + i] = a[i * lda + j];
  }
}

/// One sequence's part of query, key or value: `data` at its first element, rows `stride` apart.
template <typename T>
struct Rows {
  T* data;
  int64_t stride;
};

struct Geometry {
  int64_t length, paddedLength, headDim, paddedDim, group;
  float scale;
  const float* cos;  // by place and frequency; nullptr without rotary positions
  const float* sin;
};

/// A head's rows as fp32 [length, paddedDim], turned by their places' angles (`sign` 1) or back (−1).
void turn(const Geometry& g, float sign, float* x) {
  if (g.cos == nullptr) return;
  const int64_t half = g.headDim / 2;
  for (int64_t place = 0; place < g.length; place++) {
    float* row = x + place * g.paddedDim;
    const float* cos = g.cos + place * half;
    const float* sin = g.sin + place * half;
#pragma omp simd
    for (int64_t i = 0; i < half; i++) {
      const float a = row[i];
      const float b = row[i + half];
      row[i] = a * cos[i] - sign * b * sin[i];
      row[i + half] = b * cos[i] + sign * a * sin[i];
    }
  }
}

template <typename T>
void read(const Geometry& g, Rows<const T> rows, int64_t column, float* x) {
  for (int64_t place = 0; place < g.length; place++) {
    const T* in = rows.data + place * rows.stride + column;
    float* out = x + place * g.paddedDim;
#pragma omp simd
    for (int64_t i = 0; i < g.headDim; i++) out[i] = asFloat(in[i]);
    for (int64_t i = g.headDim; i < g.paddedDim; i++) out[i] = 0;
  }
}

template <typename T>
void write(const Geometry& g, const float* x, Rows<T> rows, int64_t column) {
  for (int64_t place = 0; place < g.length; place++) {
    const float* in = x + place * g.paddedDim;
    T* out = rows.data + place * rows.stride + column;
#pragma omp simd
    for (int64_t i = 0; i < g.headDim; i++) out[i] = fromFloat<T>(in[i]);
  }
}

/// Scores [length, paddedLength] to softmax(scale · scores) over the places up to each row's own, 0 behind.
void softmaxCausal(const Geometry& g, float* scores) {
  for (int64_t i = 0; i < g.length; i++) {
    float* row = scores + i * g.paddedLength;
    float highest = row[0];
#pragma omp simd reduction(max : highest)
    for (int64_t j = 0; j <= i; j++) highest = row[j] > highest ? row[j] : highest;
    float total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t j = 0; j <= i; j++) {
      row[j] = fastExp(g.scale * (row[j] - highest));
      total += row[j];
    }
    const float inverse = 1.0f / total;
#pragma omp simd
    for (int64_t j = 0; j <= i; j++) row[j] *= inverse;
    for (int64_t j = i + 1; j < g.paddedLength; j++) row[j] = 0;
  }
}

/// The tensors of a call, seen as rows of sequences.
template <typename T>
struct Heads {
  Rows<T> query, key, value;
  int64_t keyColumn, valueColumn;  // of the first head

  Rows<T> at(const Rows<T>& rows, int64_t firstRow) const { return {rows.data + firstRow * rows.stride, rows.stride}; }
};

template <typename T>
Heads<T> headsOf(const ModelShape& shape, const at::Tensor& query, const at::Tensor& key, const at::Tensor& value) {
  auto rows = [](const at::Tensor& x) {
    return Rows<T>{static_cast<T*>(const_cast<void*>(x.const_data_ptr())), x.stride(0)};
  };
  if (key.defined()) return {rows(query), rows(key), rows(value), 0, 0};
  return {rows(query), rows(query), rows(query), shape.queryWidth(), shape.queryWidth() + shape.keyValueWidth()};
}

Geometry geometryOf(const ModelShape& shape, const AttentionInput& input) {
  Geometry g{};
  g.length = input.length;
  g.paddedLength = padded(input.length);
  g.headDim = shape.headDim;
  g.paddedDim = padded(shape.headDim);
  g.group = shape.heads / shape.keyValueHeads;
  g.scale = 1.0f / std::sqrt(static_cast<float>(shape.headDim));
  g.cos = input.rope ? input.rope->cos.const_data_ptr<float>() : nullptr;
  g.sin = input.rope ? input.rope->sin.const_data_ptr<float>() : nullptr;
  return g;
}

/// Calls f(sequence, keyValueHead, scratch) for all of them on all threads; scratch holds `floats`.
template <typename F>
void overHeads(const ModelShape& shape, const AttentionInput& input, int64_t floats, F f) {
  at::parallel_for(0, input.batch * shape.keyValueHeads, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch(floats);
    for (int64_t item = begin; item < end; item++) {
      f(item / shape.keyValueHeads, item % shape.keyValueHeads, scratch.data());
    }
  });
}

template <typename T>
void forward(const ModelShape& shape, const AttentionInput& input, const Heads<const T>& in, at::Tensor& mixed) {
  const Geometry g = geometryOf(shape, input);
  const int64_t tile = g.paddedLength * g.paddedDim;
  const Rows<T> out{static_cast<T*>(mixed.data_ptr()), mixed.size(1)};
  overHeads(shape, input, 4 * tile + g.paddedLength * g.paddedLength, [&](int64_t sequence, int64_t head, float* scratch) {
    float* k = scratch;
    float* kT = k + tile;
    float* v = kT + tile;
    float* q = v + tile;
    float* scores = q + tile;
    const int64_t first = sequence * g.length;
    read<T>(g, in.at(in.key, first), in.keyColumn + head * g.headDim, k);
    turn(g, 1, k);
    std::fill_n(kT, tile, 0.0f);
    transpose(g.length, g.headDim, k, g.paddedDim, kT, g.paddedLength);
    read<T>(g, in.at(in.value, first), in.valueColumn + head * g.headDim, v);
    for (int64_t member = 0; member < g.group; member++) {
      const int64_t column = (head * g.group + member) * g.headDim;
      read<T>(g, in.at(in.query, first), column, q);
      turn(g, 1, q);
      multiplySmall(Part::columnsToRow, g.length, g.paddedLength, g.headDim, q, g.paddedDim, 1, kT, g.paddedLength, scores,
                    g.paddedLength);
      softmaxCausal(g, scores);
      multiplySmall(Part::innerToRow, g.length, g.paddedDim, g.length, scores, g.paddedLength, 1, v, g.paddedDim, q,
                    g.paddedDim);
      write<T>(g, q, {out.data + first * out.stride, out.stride}, column);
    }
  });
}

template <typename T>
void backward(const ModelShape& shape, const AttentionInput& input, const Heads<const T>& in, const at::Tensor& dMixed,
              const Heads<T>& out) {
  const Geometry g = geometryOf(shape, input);
  const int64_t tile = g.paddedLength * g.paddedDim;
  const int64_t square = g.paddedLength * g.paddedLength;
  const Rows<const T> upstream{static_cast<const T*>(dMixed.const_data_ptr()), dMixed.size(1)};
  overHeads(shape, input, 9 * tile + 2 * square, [&](int64_t sequence, int64_t head, float* scratch) {
    float* k = scratch;
    float* kT = k + tile;
    float* v = kT + tile;
    float* vT = v + tile;
    float* q = vT + tile;
    float* d = q + tile;   // dMixed
    float* dq = d + tile;
    float* dk = dq + tile;
    float* dv = dk + tile;
    float* weights = dv + tile;
    float* slopes = weights + square;
    const int64_t first = sequence * g.length;
    read<T>(g, in.at(in.key, first), in.keyColumn + head * g.headDim, k);
    turn(g, 1, k);
    read<T>(g, in.at(in.value, first), in.valueColumn + head * g.headDim, v);
    std::fill_n(kT, tile, 0.0f);
    std::fill_n(vT, tile, 0.0f);
    transpose(g.length, g.headDim, k, g.paddedDim, kT, g.paddedLength);
    transpose(g.length, g.headDim, v, g.paddedDim, vT, g.paddedLength);
    for (int64_t member = 0; member < g.group; member++) {
      const int64_t column = (head * g.group + member) * g.headDim;
      const bool adds = member > 0;
      read<T>(g, in.at(in.query, first), column, q);
      turn(g, 1, q);
      read<T>(g, {upstream.data + first * upstream.stride, upstream.stride}, column, d);
      multiplySmall(Part::columnsToRow, g.length, g.paddedLength, g.headDim, q, g.paddedDim, 1, kT, g.paddedLength, weights,
                    g.paddedLength);
      softmaxCausal(g, weights);
      multiplySmall(Part::innerFromRow, g.length, g.paddedDim, g.length, weights, 1, g.paddedLength, d, g.paddedDim, dv,
                    g.paddedDim, adds);
      multiplySmall(Part::columnsToRow, g.length, g.paddedLength, g.headDim, d, g.paddedDim, 1, vT, g.paddedLength, slopes,
                    g.paddedLength);
      for (int64_t i = 0; i < g.length; i++) {
        float* slope = slopes + i * g.paddedLength;
        const float* weight = weights + i * g.paddedLength;
        float inner = 0;
#pragma omp simd reduction(+ : inner)
        for (int64_t j = 0; j <= i; j++) inner += slope[j] * weight[j];
#pragma omp simd
        for (int64_t j = 0; j <= i; j++) slope[j] = weight[j] * (slope[j] - inner) * g.scale;
        for (int64_t j = i + 1; j < g.paddedLength; j++) slope[j] = 0;
      }
      multiplySmall(Part::innerToRow, g.length, g.paddedDim, g.length, slopes, g.paddedLength, 1, k, g.paddedDim, dq,
                    g.paddedDim);
      multiplySmall(Part::innerFromRow, g.length, g.paddedDim, g.length, slopes, 1, g.paddedLength, q, g.paddedDim, dk,
                    g.paddedDim, adds);
      turn(g, -1, dq);
      write<T>(g, dq, out.at(out.query, first), column);
    }
    turn(g, -1, dk);
    write<T>(g, dk, out.at(out.key, first), out.keyColumn + head * g.headDim);
    write<T>(g, dv, out.at(out.value, first), out.valueColumn + head * g.headDim);
  });
}

}  // namespace

bool fitsCache(const ModelShape& shape, const AttentionInput& input, const at::Tensor& query) {
  return query.is_cpu() && !input.mask && input.length <= kMostLength && shape.headDim <= kMostHeadDim &&
         (query.scalar_type() == at::kFloat || query.scalar_type() == at::kBFloat16) && query.stride(1) == 1 &&
         query.size(0) == input.batch * input.length && shape.headDim % 2 == 0;
}

at::Tensor attendInCache(const ModelShape& shape, const AttentionInput& input, const at::Tensor& query,
                         const at::Tensor& key, const at::Tensor& value) {
  at::Tensor mixed = at::empty({query.size(0), shape.queryWidth()}, query.options());
  if (query.scalar_type() == at::kBFloat16) {
    forward<Bf16>(shape, input, headsOf<const Bf16>(shape, query, key, value), mixed);
  } else {
    forward<float>(shape, input, headsOf<const float>(shape, query, key, value), mixed);
  }
  return mixed;
}

AttentionGradients attendInCacheBackward(const ModelShape& shape, const AttentionInput& input, const at::Tensor& query,
                                         const at::Tensor& key, const at::Tensor& value, const at::Tensor& dMixed) {
  AttentionGradients made{at::empty(query.sizes(), query.options()), {}, {}};
  if (key.defined()) {
    made.key = at::empty(key.sizes(), key.options());
    made.value = at::empty(value.sizes(), value.options());
  }
  if (query.scalar_type() == at::kBFloat16) {
    backward<Bf16>(shape, input, headsOf<const Bf16>(shape, query, key, value), dMixed,
                   headsOf<Bf16>(shape, made.query, made.key, made.value));
  } else {
    backward<float>(shape, input, headsOf<const float>(shape, query, key, value), dMixed,
                    headsOf<float>(shape, made.query, made.key, made.value));
  }
  return made;
}

}  // namespace whetstone
