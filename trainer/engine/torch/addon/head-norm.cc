#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <cmath>

#include "layers.h"
#include "loops.h"

// Qwen 3's norm of queries and keys.

namespace whetstone {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Calls f(row, head's first column, number of the head among all) for every head of every row on all threads.
template <typename F>
void overHeads(const at::Tensor& x, int64_t headDim, F f) {
  const int64_t heads = x.size(1) / headDim;
  overRows(x.size(0), x.size(1), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      for (int64_t head = 0; head < heads; head++) f(row, head * headDim, row * heads + head);
    }
  });
}

struct HeadNorm : torch::autograd::Function<HeadNorm> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& gain, double epsilon) {
    const int64_t headDim = gain.size(0);
    const int64_t stride = x.stride(0);
    const at::Tensor y = at::empty(x.sizes(), x.options());
    const at::Tensor inverses = at::empty({x.size(0) * x.size(1) / headDim}, gain.options());
    const float* gains = gain.const_data_ptr<float>();
    float* scales = inverses.data_ptr<float>();
    withType(x.scalar_type(), [&](auto tag) {
      using T = decltype(tag);
      overHeads(x, headDim, [&](int64_t row, int64_t column, int64_t number) {
        const T* in = dataOf<T>(x) + row * stride + column;
        T* out = dataOf<T>(y) + row * x.size(1) + column;
        float squares = 0;
#pragma omp simd reduction(+ : squares)
        for (int64_t i = 0; i < headDim; i++) squares += asFloat(in[i]) * asFloat(in[i]);
        const float inverse = 1.0f / std::sqrt(squares / headDim + static_cast<float>(epsilon));
        scales[number] = inverse;
#pragma omp simd
        for (int64_t i = 0; i < headDim; i++) out[i] = fromFloat<T>(asFloat(in[i]) * inverse * gains[i]);
      });
    });
    context->save_for_backward({x, gain, inverses});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const int64_t headDim = saved[1].size(0);
    const int64_t stride = x.stride(0);
    const at::Tensor dy = outputs[0].contiguous();
    const at::Tensor dx = at::empty(x.sizes(), x.options());
    const at::Tensor partial = at::zeros({at::get_num_threads(), headDim}, saved[1].options());
    const float* gains = saved[1].const_data_ptr<float>();
    const float* inverses = saved[2].const_data_ptr<float>();
    withType(x.scalar_type(), [&](auto tag) {
      using T = decltype(tag);
      overHeads(x, headDim, [&](int64_t row, int64_t column, int64_t number) {
        const T* in = dataOf<T>(x) + row * stride + column;
        const T* up = dataOf<T>(dy) + row * x.size(1) + column;
        T* out = dataOf<T>(dx) + row * x.size(1) + column;
        float* dGain = partial.data_ptr<float>() + at::get_thread_num() * headDim;
        const float inverse = inverses[number];
        float meanDn = 0;
#pragma omp simd reduction(+ : meanDn)
        for (int64_t i = 0; i < headDim; i++) {
          const float normal = asFloat(in[i]) * inverse;
          dGain[i] += asFloat(up[i]) * normal;
          meanDn += asFloat(up[i]) * gains[i] * normal;
        }
        meanDn /= headDim;
#pragma omp simd
        for (int64_t i = 0; i < headDim; i++) {
          const float normal = asFloat(in[i]) * inverse;
          out[i] = fromFloat<T>((asFloat(up[i]) * gains[i] - normal * meanDn) * inverse);
        }
      });
    });
    return {dx, partial.sum(0), {}};
  }
};

}  // namespace

at::Tensor normHeads(const at::Tensor& x, const at::Tensor& gain, double epsilon) {
  if (hasLoops(x)) return HeadNorm::apply(x, gain, epsilon);
  const int64_t headDim = gain.size(0);
  const at::Tensor heads = x.reshape({x.size(0), x.size(1) / headDim, headDim}).to(at::kFloat);
  return at::rms_norm(heads, {headDim}, gain, epsilon).to(x.scalar_type()).reshape(x.sizes());
}

void normQueriesAndKeys(const ModelShape& shape, const at::Tensor& queryGain, const at::Tensor& keyGain,
                        const at::Tensor& all) {
  const at::Tensor queries = all.narrow(1, 0, shape.queryWidth());
  const at::Tensor keys = all.narrow(1, shape.queryWidth(), shape.keyValueWidth());
  queries.copy_(normHeads(queries, queryGain, shape.normEpsilon));
  keys.copy_(normHeads(keys, keyGain, shape.normEpsilon));
}

}  // namespace whetstone
