#include "layers.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <vector>

#include "attention.h"
#include "bf16.h"
#include "simd.h"

namespace whetstone {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// An undefined tensor may not be an input of a Function.
using Optional = std::optional<at::Tensor>;
Optional given(const at::Tensor& tensor) { return tensor.defined() ? Optional(tensor) : std::nullopt; }

template <typename T>
T* dataOf(const at::Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

bool hasLoops(const at::Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

/// Calls f with a value of the C++ type of that dtype, float or Bf16.
template <typename F>
void withType(at::ScalarType type, F f) {
  if (type == at::kBFloat16) {
    f(Bf16{});
  } else {
    f(float{});
  }
}

/// Runs f(begin, end) over rows on all threads.
template <typename F>
void overRows(int64_t rows, int64_t width, F f) {
  at::parallel_for(0, rows, std::max<int64_t>(1, 16384 / width), f);
}

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

// ── attention

/// [N, heads · headDim], rows possibly apart, as [B, heads, T, headDim].
at::Tensor asHeads(const at::Tensor& x, int64_t batch, int64_t length, int64_t headDim) {
  return x.view({batch, length, x.size(1) / headDim, headDim}).transpose(1, 2);
}

/// [B, heads, T, headDim] as [N, heads · headDim].
at::Tensor asRows(const at::Tensor& x) {
  return x.transpose(1, 2).reshape({x.size(0) * x.size(2), x.size(1) * x.size(3)});
}

struct Attention : torch::autograd::Function<Attention> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& query, const Optional& key,
                            const Optional& value, const ModelShape& shape, const AttentionInput& input,
                            bool records) {
    const int64_t headDim = shape.headDim;
    const bool packed = !key;
    at::Tensor q, k, v;
    if (packed) {
      q = query.narrow(1, 0, shape.queryWidth());
      k = query.narrow(1, shape.queryWidth(), shape.keyValueWidth());
      v = query.narrow(1, shape.queryWidth() + shape.keyValueWidth(), shape.keyValueWidth());
    } else {
      q = query, k = *key, v = *value;
    }
    if (input.rope) {
      q = rotate(q, *input.rope, input.positions, headDim, false);
      k = rotate(k, *input.rope, input.positions, headDim, false);
    }
    // Its own little graph, so that libtorch picks the kernel and its derivative.
    at::AutoGradMode mode(records);
    std::vector<at::Tensor> leaves;
    for (const at::Tensor& part : {q, k, v}) {
      leaves.push_back(asHeads(part, input.batch, input.length, headDim).detach().requires_grad_(records));
    }
    const at::Tensor mixed =
        at::scaled_dot_product_attention(leaves[0], leaves[1], leaves[2], input.mask, 0.0, !input.mask.has_value(),
                                         std::nullopt, shape.heads != shape.keyValueHeads);
    if (records) {
      context->saved_data["leaves"] = leaves;
      context->saved_data["mixed"] = mixed;
      context->saved_data["packed"] = packed;
      context->saved_data["headDim"] = headDim;
      if (input.rope) {
        context->saved_data["rope"] = std::vector<at::Tensor>{input.rope->cos, input.rope->sin, input.positions};
      }
    }
    at::AutoGradMode off(false);
    return asRows(mixed.detach());
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const auto leaves = context->saved_data["leaves"].toTensorVector();
    const at::Tensor mixed = context->saved_data["mixed"].toTensor();
    const int64_t headDim = context->saved_data["headDim"].toInt();
    const at::Tensor dMixed = asHeads(outputs[0].contiguous(), mixed.size(0), mixed.size(2), headDim);
    // libtorch's memory-efficient attention sums in a fixed order only where determinism is strict.
    const Determinism strict(mixed.is_cuda(), /*warnOnly=*/false);
    const auto grads = torch::autograd::grad({mixed}, leaves, {dMixed});
    context->saved_data.erase("mixed");
    at::Tensor dq = asRows(grads[0]);
    at::Tensor dk = asRows(grads[1]);
    at::Tensor dv = asRows(grads[2]);
    if (context->saved_data.count("rope") > 0) {
      const auto rope = context->saved_data["rope"].toTensorVector();
      dq = rotate(dq, {rope[0], rope[1]}, rope[2], headDim, true);
      dk = rotate(dk, {rope[0], rope[1]}, rope[2], headDim, true);
    }
    if (context->saved_data["packed"].toBool()) return {at::cat({dq, dk, dv}, 1), {}, {}, {}, {}, {}};
    return {dq, dk, dv, {}, {}, {}};
  }
};

/// The same by attention.cc, where it fits a core's cache.
struct CachedAttention : torch::autograd::Function<CachedAttention> {
  struct Setting : torch::CustomClassHolder {
    ModelShape shape;
    AttentionInput input;
  };

  static at::Tensor forward(AutogradContext* context, const at::Tensor& query, const Optional& key,
                            const Optional& value, const c10::intrusive_ptr<Setting>& setting) {
    context->save_for_backward(key ? variable_list{query, *key, *value} : variable_list{query});
    context->saved_data["setting"] = c10::IValue::make_capsule(setting);
    return attendInCache(setting->shape, setting->input, query, key.value_or(at::Tensor()), value.value_or(at::Tensor()));
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const auto capsule = context->saved_data["setting"].toCapsule();
    const auto& setting = *static_cast<Setting*>(capsule.get());
    const bool packed = saved.size() == 1;
    const auto made =
        attendInCacheBackward(setting.shape, setting.input, saved[0], packed ? at::Tensor() : saved[1],
                              packed ? at::Tensor() : saved[2], outputs[0].contiguous());
    return {made.query, made.key, made.value, {}};
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

Rope makeRope(const ModelShape& shape, int64_t positions, at::Device device) {
  const auto options = at::TensorOptions(at::kFloat).device(device);
  const at::Tensor exponents = at::arange(0, shape.headDim, 2, options) / static_cast<double>(shape.headDim);
  const at::Tensor frequencies = 1.0 / at::pow(at::Scalar(shape.ropeTheta), exponents);
  const at::Tensor angles = at::outer(at::arange(positions, options), frequencies);
  return {at::cos(angles), at::sin(angles)};
}

at::Tensor rotate(const at::Tensor& x, const Rope& rope, const at::Tensor& positions, int64_t headDim, bool inverse) {
  const int64_t rows = x.size(0);
  const int64_t width = x.size(1);
  const int64_t half = headDim / 2;
  if (!hasLoops(x)) {
    const at::Tensor cos = rope.cos.index_select(0, positions).unsqueeze(1);  // [N, 1, headDim / 2]
    const at::Tensor sin = rope.sin.index_select(0, positions).unsqueeze(1) * (inverse ? -1 : 1);
    const auto halves = x.reshape({rows, width / headDim, 2, half}).to(at::kFloat).unbind(2);
    return at::stack({halves[0] * cos - halves[1] * sin, halves[1] * cos + halves[0] * sin}, 2)
        .reshape({rows, width})
        .to(x.scalar_type());
  }
  at::Tensor y = at::empty({rows, width}, x.options());
  const int64_t stride = x.stride(0);
  const int32_t* places = positions.const_data_ptr<int32_t>();
  const float sign = inverse ? -1.0f : 1.0f;
  withType(x.scalar_type(), [&](auto tag) {
    using T = decltype(tag);
    overRows(rows, width, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const float* cos = rope.cos.const_data_ptr<float>() + places[row] * half;
        const float* sin = rope.sin.const_data_ptr<float>() + places[row] * half;
        for (int64_t head = 0; head < width; head += headDim) {
          const T* in = dataOf<T>(x) + row * stride + head;
          T* out = dataOf<T>(y) + row * width + head;
#pragma omp simd
          for (int64_t i = 0; i < half; i++) {
            const float a = asFloat(in[i]);
            const float b = asFloat(in[i + half]);
            out[i] = fromFloat<T>(a * cos[i] - b * sign * sin[i]);
            out[i + half] = fromFloat<T>(b * cos[i] + a * sign * sin[i]);
          }
        }
      }
    });
  });
  return y;
}

at::Tensor attend(const ModelShape& shape, const AttentionInput& input, const at::Tensor& query, const at::Tensor& key,
                  const at::Tensor& value) {
  if (fitsCache(shape, input, query)) {
    auto setting = c10::make_intrusive<CachedAttention::Setting>();
    setting->shape = shape, setting->input = input;
    return CachedAttention::apply(query, given(key), given(value), setting);
  }
  return Attention::apply(query, given(key), given(value), shape, input, at::GradMode::is_enabled());
}

}  // namespace whetstone
