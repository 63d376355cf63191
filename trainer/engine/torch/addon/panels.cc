#include "panels.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>

#include "lanes.h"
#ifdef __AVX512BF16__
#include <immintrin.h>
#endif

namespace whetstone {

namespace {

// The processor's registers: kRows × kVectors sums, kVectors weights and a number of x stay in them.
#if defined(__AVX__) && !defined(__AVX512F__)
constexpr int kRows = 4;
#else
constexpr int kRows = 8;
#endif
constexpr int kVectors = 3;
constexpr int kColumns = kLanes * kVectors;
constexpr int kLine = 64;  // bytes of a cache line

/// How a product walks along `in`: by one number of fp32, by two of bf16, which share 32 bits.
template <typename T>
constexpr int kPerStep = sizeof(float) / sizeof(T);

/// sums + weights · x for a step: `weights` holds kLanes columns, `x` the row's numbers.
__attribute__((always_inline)) inline Lanes addProduct(Lanes sums, Lanes weights, const float* x) { return sums + weights * *x; }

__attribute__((always_inline)) inline Lanes addProduct(Lanes sums, Lanes weights, const Bf16* x) {
  uint32_t pair;
  std::memcpy(&pair, x, sizeof pair);
#ifdef __AVX512BF16__
  return (Lanes)_mm512_dpbf16_ps((__m512)sums, (__m512bh)weights, (__m512bh)_mm512_set1_epi32(pair));
#else
  const LaneBits bits = (LaneBits)weights;
  const Lanes even = (Lanes)(bits << 16), odd = (Lanes)(bits & 0xffff0000u);
  return sums + even * std::bit_cast<float>(pair << 16) + odd * std::bit_cast<float>(pair & 0xffff0000u);
#endif
}

/// What is to be fetched while a panel is multiplied.
struct Ahead {
  const char* at = nullptr;
  int64_t bytes = 0;

  Ahead part(int64_t index, int64_t count) const {
    const int64_t each = bytes / count / kLine * kLine;
    return {at + index * each, index + 1 == count ? bytes - index * each : each};
  }
};

/// kN rows (those beyond the last are the last again) times one panel: sums [kN, kColumns].
template <typename T, int kN>
void timesPanel(const T* panel, const T* x, int64_t stride, int64_t last, int64_t steps, Ahead ahead, float* sums) {
  const T* rows[kN];
  for (int r = 0; r < kN; r++) rows[r] = x + std::min<int64_t>(r, last) * stride;
  Lanes all[kN][kVectors] = {};
  // Lines to fetch at each step, a step's own size at most.
  const int64_t lines = (ahead.bytes + kLine - 1) / kLine;
  const int64_t pace = lines == 0 ? 0 : std::max<int64_t>(1, (kVectors * steps + lines - 1) / lines);
  int64_t wait = 0;
  for (int64_t step = 0; step < steps; step++) {
    if (pace > 0 && --wait < 0) {
      for (int line = 0; line < kVectors; line++) __builtin_prefetch(ahead.at + line * kLine, 0, 2);
      ahead.at += kVectors * kLine;
      wait = pace - 1;
    }
    Lanes weights[kVectors];
    for (int v = 0; v < kVectors; v++) weights[v] = loadLanes(reinterpret_cast<const float*>(panel + v * kLanes * kPerStep<T>));
#pragma GCC unroll 8
    for (int r = 0; r < kN; r++) {
#pragma GCC unroll 3
      for (int v = 0; v < kVectors; v++) all[r][v] = addProduct(all[r][v], weights[v], rows[r] + step * kPerStep<T>);
    }
    panel += kColumns * kPerStep<T>;
  }
  std::memcpy(sums, all, sizeof all);
}

template <typename T>
void timesPanel(int64_t rows, const T* panel, const T* x, int64_t stride, int64_t steps, Ahead ahead, float* sums) {
  if (rows == 1) return timesPanel<T, 1>(panel, x, stride, rows - 1, steps, ahead, sums);
  if (rows == 2) return timesPanel<T, 2>(panel, x, stride, rows - 1, steps, ahead, sums);
  if (rows <= 4) return timesPanel<T, 4>(panel, x, stride, rows - 1, steps, ahead, sums);
  return timesPanel<T, kRows>(panel, x, stride, rows - 1, steps, ahead, sums);
}

constexpr int kPart = 16;

/// Rows [part, part + count) of the columns [begin, begin + kColumns) of weights side by side: [kPart, kColumns], zeros beyond the last.
void gather(const std::vector<at::Tensor>& weights, int64_t part, int64_t count, int64_t begin, float* block) {
  if (count < kPart) std::fill_n(block, kPart * kColumns, 0.0f);
  int64_t before = 0;
  for (const at::Tensor& weight : weights) {
    const int64_t from = std::max(begin, before), to = std::min(begin + kColumns, before + weight.size(1));
    if (to <= from) {  // None of it lies in this panel.
      before += weight.size(1);
      continue;
    }
    const int64_t rowStride = weight.stride(0), columnStride = weight.stride(1);
    const float* data = weight.const_data_ptr<float>() + part * rowStride - before * columnStride;
    if (columnStride == 1) {
      for (int64_t i = 0; i < count; i++) std::copy(data + i * rowStride + from, data + i * rowStride + to, block + i * kColumns + from - begin);
    } else {
      for (int64_t column = from; column < to; column++) {
        for (int64_t i = 0; i < count; i++) block[i * kColumns + column - begin] = data[column * columnStride + i * rowStride];
      }
    }
    before += weight.size(1);
  }
  const int64_t end = std::min<int64_t>(kColumns, before - begin);
  for (int64_t i = 0; i < count && end < kColumns; i++) std::fill(block + i * kColumns + end, block + (i + 1) * kColumns, 0.0f);
}

/// The columns [begin, begin + kColumns) step by step.
void packPanel(const std::vector<at::Tensor>& weights, int64_t in, int64_t begin, float* panel) {
  float block[kPart * kColumns];
  for (int64_t part = 0; part < in; part += kPart) {
    const int64_t count = std::min<int64_t>(kPart, in - part);
    gather(weights, part, count, begin, block);
    std::copy_n(block, count * kColumns, panel + part * kColumns);
  }
}

/// The same, the numbers of two steps in 32 bits.
void packPanel(const std::vector<at::Tensor>& weights, int64_t in, int64_t begin, Bf16* panel) {
  float block[kPart * kColumns];
  uint32_t pairs[kColumns];
  for (int64_t part = 0; part < in; part += kPart) {
    const int64_t count = std::min<int64_t>(kPart, in - part);
    gather(weights, part, count, begin, block);
    for (int64_t i = 0; i < count; i += 2) {
      const float* even = block + i * kColumns;
      for (int c = 0; c < kColumns; c++) {
        pairs[c] = static_cast<uint32_t>(fromFloat<Bf16>(even[c])) | static_cast<uint32_t>(fromFloat<Bf16>(even[c + kColumns])) << 16;
      }
      std::memcpy(panel + (part + i) * kColumns, pairs, sizeof pairs);
    }
  }
}

}  // namespace

PanelLinear::PanelLinear(const std::vector<Projection>& sides, at::ScalarType type) : in_(sides.at(0).weight.size(0)) {
  std::vector<at::Tensor> weights, biases;
  bool biased = false;
  for (const Projection& side : sides) {
    TORCH_CHECK(side.weight.size(0) == in_, "weights side by side have ", in_, " and ", side.weight.size(0), " rows");
    weights.push_back(side.weight);
    biases.push_back(side.bias.defined() ? side.bias : at::zeros({side.weight.size(1)}, side.weight.options()));
    biased = biased || side.bias.defined();
    out_ += side.weight.size(1);
  }
  if (biased) bias_ = at::cat(biases);
  const int64_t count = (out_ + kColumns - 1) / kColumns;
  panels_ = at::empty({count, in_ + in_ % 2, kColumns}, at::TensorOptions(type));
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; p++) {
      if (type == at::kBFloat16) {
        packPanel(weights, in_, p * kColumns, static_cast<Bf16*>(panels_.data_ptr()) + p * panels_.stride(0));
      } else {
        packPanel(weights, in_, p * kColumns, panels_.data_ptr<float>() + p * panels_.stride(0));
      }
    }
  });
}

const char* PanelLinear::firstOf(int thread) const {
  const int64_t count = panels_.size(0), each = (count + at::get_num_threads() - 1) / at::get_num_threads();
  return static_cast<const char*>(panels_.const_data_ptr()) + std::min(thread * each, count - 1) * panelBytes();
}

template <typename T>
void PanelLinear::multiply(const T* x, int64_t rows, int64_t stride, const PanelLinear* next, T* y) const {
  const int64_t count = panels_.size(0), size = panels_.stride(0);
  const int64_t blocks = (rows + kRows - 1) / kRows;
  // One pass over the rows alone has the whole time of the next panel; of many, the first two are enough.
  const int64_t fetching = std::min<int64_t>(blocks, 2);
  const T* panels = static_cast<const T*>(panels_.const_data_ptr());
  const float* bias = bias_.defined() ? bias_.const_data_ptr<float>() : nullptr;
  at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
    float sums[kRows * kColumns];
    for (int64_t p = begin; p < end; p++) {
      Ahead ahead{reinterpret_cast<const char*>(panels + (p + 1) * size), panelBytes()};
      if (p + 1 == end) ahead = next ? Ahead{next->firstOf(at::get_thread_num()), next->panelBytes()} : Ahead{};
      const int64_t columns = std::min<int64_t>(kColumns, out_ - p * kColumns);
      for (int64_t block = 0; block < blocks; block++) {
        const int64_t own = std::min<int64_t>(kRows, rows - block * kRows);
        timesPanel(own, panels + p * size, x + block * kRows * stride, stride, (in_ + kPerStep<T> - 1) / kPerStep<T>,
                   block < fetching ? ahead.part(block, fetching) : Ahead{}, sums);
        for (int64_t r = 0; r < own; r++) {
          T* out = y + (block * kRows + r) * out_ + p * kColumns;
          const float* sum = sums + r * kColumns;
          if (bias) {
            for (int64_t c = 0; c < columns; c++) out[c] = fromFloat<T>(sum[c] + bias[p * kColumns + c]);
          } else {
            for (int64_t c = 0; c < columns; c++) out[c] = fromFloat<T>(sum[c]);
          }
        }
      }
    }
  });
}

at::Tensor PanelLinear::operator()(const at::Tensor& given, const PanelLinear* next) const {
  TORCH_CHECK(given.dim() == 2 && given.size(1) == in_, "a product of ", given.sizes(), " with [", in_, ", ", out_, "]");
  TORCH_CHECK(given.scalar_type() == panels_.scalar_type(), "a product of ", given.scalar_type(), " with ", panels_.scalar_type());
  const bool isBf16 = given.scalar_type() == at::kBFloat16;
  // Two numbers of bf16 are read at a time: an odd last one needs a zero beside it.
  const at::Tensor x = isBf16 && in_ % 2 == 1 ? at::constant_pad_nd(given, {0, 1}) : given.contiguous();
  at::Tensor y = at::empty({x.size(0), out_}, x.options());
  if (isBf16) {
    multiply(static_cast<const Bf16*>(x.const_data_ptr()), x.size(0), x.size(1), next, static_cast<Bf16*>(y.data_ptr()));
  } else {
    multiply(x.const_data_ptr<float>(), x.size(0), x.size(1), next, y.data_ptr<float>());
  }
  return y;
}

}  // namespace whetstone
