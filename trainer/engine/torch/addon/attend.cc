#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <vector>

#include "attention.h"
#include "layers.h"
#include "loops.h"

// Attention and rotary positions as nodes of libtorch's tape.

namespace whetstone {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

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

Rope makeRope(const ModelShape& shape, int64_t positions, at::Device device) {
  const auto options = at::TensorOptions(at::kFloat).device(device);
  const at::Tensor frequencies = at::tensor(shape.frequencies, options);
  const at::Tensor angles = at::outer(at::arange(positions, options), frequencies);
  return {at::cos(angles) * shape.ropeFactor, at::sin(angles) * shape.ropeFactor};
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
