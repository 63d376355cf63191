#include "layers.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "loops.h"
#include "simd.h"

namespace whetstone {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// ── norms

template <typename D, typename T>
void addNormRows(const float* x, const D* delta, const float* gain, const float* bias, float epsilon, int64_t width,
                 int64_t begin, int64_t end, float* sum, T* normed, float* means, float* inverses) {
  for (int64_t row = begin; row < end; row++) {
    const float* in = x + row * width;
    float* s = sum + row * width;
    float total = 0;
    if (delta != nullptr) {
      const D* more = delta + row * width;
#pragma omp simd reduction(+ : total)
      for (int64_t i = 0; i < width; i++) {
        s[i] = in[i] + asFloat(more[i]);
        total += s[i];
      }
    } else {
#pragma omp simd reduction(+ : total)
      for (int64_t i = 0; i < width; i++) {
        s[i] = in[i];
        total += s[i];
      }
    }
    const float mean = bias != nullptr ? total / width : 0.0f;
    float squares = 0;
#pragma omp simd reduction(+ : squares)
    for (int64_t i = 0; i < width; i++) squares += (s[i] - mean) * (s[i] - mean);
    const float inverse = 1.0f / std::sqrt(squares / width + epsilon);
    means[row] = mean;
    inverses[row] = inverse;
    T* out = normed + row * width;
    if (bias != nullptr) {
#pragma omp simd
      for (int64_t i = 0; i < width; i++) out[i] = fromFloat<T>((s[i] - mean) * inverse * gain[i] + bias[i]);
    } else {
#pragma omp simd
      for (int64_t i = 0; i < width; i++) out[i] = fromFloat<T>(s[i] * inverse * gain[i]);
    }
  }
}

/// dTotal = dSum + the norm's own derivative; dGain and dBias are sums over these rows.
template <typename T>
void addNormRowsBackward(const float* sum, const float* gain, const float* means, const float* inverses, bool centred,
                         int64_t width, int64_t begin, int64_t end, const float* dSum, const T* dNormed, float* dTotal,
                         float* dGain, float* dBias) {
  for (int64_t row = begin; row < end; row++) {
    const float* s = sum + row * width;
    const T* dy = dNormed + row * width;
    const float mean = means[row];
    const float inverse = inverses[row];
    float meanD = 0;
    float meanDn = 0;
#pragma omp simd reduction(+ : meanD, meanDn)
    for (int64_t i = 0; i < width; i++) {
      const float normal = (s[i] - mean) * inverse;
      const float up = asFloat(dy[i]);
      const float d = up * gain[i];
      dGain[i] += up * normal;
      meanD += d;
      meanDn += d * normal;
    }
    if (centred) {
#pragma omp simd
      for (int64_t i = 0; i < width; i++) dBias[i] += asFloat(dy[i]);
    }
    meanD = centred ? meanD / width : 0.0f;
    meanDn /= width;
    float* out = dTotal + row * width;
    const float* before = dSum == nullptr ? nullptr : dSum + row * width;
#pragma omp simd
    for (int64_t i = 0; i < width; i++) {
      const float normal = (s[i] - mean) * inverse;
      const float own = (asFloat(dy[i]) * gain[i] - meanD - normal * meanDn) * inverse;
      out[i] = before == nullptr ? own : before[i] + own;
    }
  }
}

struct AddNorm : torch::autograd::Function<AddNorm> {
  static variable_list forward(AutogradContext* context, const at::Tensor& x, const Optional& maybeDelta,
                               const at::Tensor& gain, const Optional& maybeBias, double epsilon, at::ScalarType type) {
    const at::Tensor delta = maybeDelta.value_or(at::Tensor());
    const at::Tensor bias = maybeBias.value_or(at::Tensor());
    const int64_t rows = x.size(0);
    const int64_t width = x.size(1);
    at::Tensor sum = at::empty_like(x);
    at::Tensor normed = at::empty({rows, width}, x.options().dtype(type));
    at::Tensor means = at::empty({rows}, x.options());
    at::Tensor inverses = at::empty({rows}, x.options());
    const float* biasData = bias.defined() ? bias.const_data_ptr<float>() : nullptr;
    const auto deltaType = delta.defined() ? delta.scalar_type() : at::kFloat;
    withType(deltaType, [&](auto deltaTag) {
      withType(type, [&](auto tag) {
        using D = decltype(deltaTag);
        using T = decltype(tag);
        overRows(rows, width, [&](int64_t begin, int64_t end) {
          addNormRows<D, T>(x.const_data_ptr<float>(), delta.defined() ? dataOf<D>(delta) : nullptr,
                            gain.const_data_ptr<float>(), biasData, static_cast<float>(epsilon), width, begin, end,
                            sum.data_ptr<float>(), dataOf<T>(normed), means.data_ptr<float>(),
                            inverses.data_ptr<float>());
        });
      });
    });
    context->save_for_backward({sum, gain, means, inverses});
    context->saved_data["centred"] = bias.defined();
    context->saved_data["deltaType"] = delta.defined() ? static_cast<int64_t>(deltaType) : int64_t{-1};
    context->set_materialize_grads(false);
    return {sum, normed};
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const at::Tensor& sum = saved[0];
    const int64_t rows = sum.size(0);
    const int64_t width = sum.size(1);
    const bool centred = context->saved_data["centred"].toBool();
    const int64_t deltaType = context->saved_data["deltaType"].toInt();
    const at::Tensor dSum = outputs[0].defined() ? outputs[0].contiguous() : at::Tensor();
    at::Tensor dTotal, dGain, dBias;
    if (outputs[1].defined()) {
      const at::Tensor dNormed = outputs[1].contiguous();
      const int64_t threads = at::get_num_threads();
      at::Tensor partial = at::zeros({threads, 2, width}, sum.options());
      dTotal = at::empty_like(sum);
      withType(dNormed.scalar_type(), [&](auto tag) {
        using T = decltype(tag);
        overRows(rows, width, [&](int64_t begin, int64_t end) {
          float* own = partial.data_ptr<float>() + at::get_thread_num() * 2 * width;
          addNormRowsBackward<T>(sum.const_data_ptr<float>(), saved[1].const_data_ptr<float>(),
                                 saved[2].const_data_ptr<float>(), saved[3].const_data_ptr<float>(), centred, width,
                                 begin, end, dSum.defined() ? dSum.const_data_ptr<float>() : nullptr,
                                 dataOf<T>(dNormed), dTotal.data_ptr<float>(), own, own + width);
        });
      });
      const at::Tensor both = partial.sum(0);
      dGain = both[0];
      if (centred) dBias = both[1];
    } else {
      dTotal = dSum;
    }
    at::Tensor dDelta;
    if (deltaType >= 0) dDelta = dTotal.to(static_cast<at::ScalarType>(deltaType));
    return {dTotal, dDelta, dGain, dBias, {}, {}};
  }
};

// ── activations

constexpr float kGeluA = 1.5957691216057308f;           // 2·√(2/π)
constexpr float kGeluB = 1.5957691216057308f * 0.044715f;

struct Gelu : torch::autograd::Function<Gelu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
    context->save_for_backward({x});
    at::Tensor y = at::empty_like(x);
    withType(x.scalar_type(), [&](auto tag) {
      using T = decltype(tag);
      const T* in = dataOf<T>(x);
      T* out = dataOf<T>(y);
      at::parallel_for(0, x.numel(), 16384, [&](int64_t begin, int64_t end) {
#pragma omp simd
        for (int64_t i = begin; i < end; i++) {
          const float v = asFloat(in[i]);
          out[i] = fromFloat<T>(v / (1.0f + fastExp(-v * (kGeluA + kGeluB * v * v))));
        }
      });
    });
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const at::Tensor x = context->get_saved_variables()[0];
    const at::Tensor dy = outputs[0].contiguous();
    at::Tensor dx = at::empty_like(x);
    withType(x.scalar_type(), [&](auto tag) {
      using T = decltype(tag);
      const T* in = dataOf<T>(x);
      const T* up = dataOf<T>(dy);
      T* out = dataOf<T>(dx);
      at::parallel_for(0, x.numel(), 16384, [&](int64_t begin, int64_t end) {
#pragma omp simd
        for (int64_t i = begin; i < end; i++) {
          const float v = asFloat(in[i]);
          const float gate = 1.0f / (1.0f + fastExp(-v * (kGeluA + kGeluB * v * v)));
          const float slope = v * (kGeluA + 3 * kGeluB * v * v);
          out[i] = fromFloat<T>(asFloat(up[i]) * gate * (1.0f + (1.0f - gate) * slope));
        }
      });
    });
    return {dx};
  }
};

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate, const at::Tensor& up) {
    context->save_for_backward({gate, up});
    at::Tensor y = at::empty_like(gate);
    withType(gate.scalar_type(), [&](auto tag) {
      using T = decltype(tag);
      const T* g = dataOf<T>(gate);
      const T* u = dataOf<T>(up);
      T* out = dataOf<T>(y);
      at::parallel_for(0, gate.numel(), 16384, [&](int64_t begin, int64_t end) {
#pragma omp simd
        for (int64_t i = begin; i < end; i++) {
          const float v = asFloat(g[i]);
          out[i] = fromFloat<T>(v / (1.0f + fastExp(-v)) * asFloat(u[i]));
        }
      });
    });
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const at::Tensor dy = outputs[0].contiguous();
    at::Tensor dGate = at::empty_like(saved[0]);
    at::Tensor dUp = at::empty_like(saved[1]);
    withType(dy.scalar_type(), [&](auto tag) {
      using T = decltype(tag);
      const T* g = dataOf<T>(saved[0]);
      const T* u = dataOf<T>(saved[1]);
      const T* d = dataOf<T>(dy);
      T* outGate = dataOf<T>(dGate);
      T* outUp = dataOf<T>(dUp);
      at::parallel_for(0, dy.numel(), 16384, [&](int64_t begin, int64_t end) {
#pragma omp simd
        for (int64_t i = begin; i < end; i++) {
          const float v = asFloat(g[i]);
          const float sigmoid = 1.0f / (1.0f + fastExp(-v));
          const float down = asFloat(d[i]);
          outUp[i] = fromFloat<T>(down * v * sigmoid);
          outGate[i] = fromFloat<T>(down * asFloat(u[i]) * sigmoid * (1.0f + v * (1.0f - sigmoid)));
        }
      });
    });
    return {dGate, dUp};
  }
};

}  // namespace

Normed addNorm(const at::Tensor& x, const at::Tensor& delta, const at::Tensor& gain, const at::Tensor& bias,
               double epsilon, at::ScalarType type) {
  if (hasLoops(x)) {
    auto both = AddNorm::apply(x, given(delta), gain, given(bias), epsilon, type);
    return {both[0], both[1]};
  }
  const at::Tensor sum = delta.defined() ? x + delta : x;
  const int64_t width = x.size(1);
  const at::Tensor normed =
      bias.defined() ? at::layer_norm(sum, {width}, gain, bias, epsilon) : at::rms_norm(sum, {width}, gain, epsilon);
  return {sum, normed.to(type)};
}

at::Tensor geluNew(const at::Tensor& x) { return hasLoops(x) ? Gelu::apply(x) : at::gelu(x, "tanh"); }

at::Tensor swiGlu(const at::Tensor& gate, const at::Tensor& up) {
  return hasLoops(gate) ? SwiGlu::apply(gate, up) : at::silu(gate) * up;
}

}  // namespace whetstone
