#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "bf16.h"
#include "cached-attention.h"
#include "decode.h"
#include "layers.h"
#include "panels.h"
#include "simd.h"

namespace whetstone {

namespace {

/// One block's weights, those with the same input side by side and in panels.
struct PackedLayer {
  at::Tensor norm1, norm1Bias, norm2, norm2Bias;
  PanelLinear query;  // query, key and value: [width → queryWidth + 2 · keyValueWidth]
  PanelLinear output;
  PanelLinear up;  // Llama: gate and up, [width → 2 · mlpWidth]
  PanelLinear down;
  at::Tensor queryNorm, keyNorm;
};

std::vector<PackedLayer> pack(const Weights& weights, at::ScalarType type) {
  using Sides = std::vector<Projection>;
  std::vector<PackedLayer> packed;
  for (const LayerWeights& own : weights.layers) {
    PackedLayer layer;
    layer.norm1 = own.norm1, layer.norm1Bias = own.norm1Bias;
    layer.norm2 = own.norm2, layer.norm2Bias = own.norm2Bias;
    layer.queryNorm = own.queryNorm, layer.keyNorm = own.keyNorm;
    layer.query = PanelLinear(own.key.defined() ? Sides{own.query, own.key, own.value} : Sides{own.query}, type);
    layer.output = PanelLinear({own.output}, type);
    layer.up = PanelLinear(own.gate.defined() ? Sides{own.gate, own.up} : Sides{own.up}, type);
    layer.down = PanelLinear({own.down}, type);
    packed.push_back(std::move(layer));
  }
  return packed;
}

/// The gated half of a Llama's MLP: silu(gate) · up from [M, 2 · mlpWidth] to [M, mlpWidth].
template <typename T>
at::Tensor gated(const at::Tensor& both) {
  const int64_t width = both.size(1) / 2;
  at::Tensor inner = at::empty({both.size(0), width}, both.options());
  at::parallel_for(0, both.size(0), std::max<int64_t>(1, 8192 / width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const T* gate = static_cast<const T*>(both.const_data_ptr()) + row * 2 * width;
      const T* up = gate + width;
      T* out = static_cast<T*>(inner.data_ptr()) + row * width;
#pragma omp simd
      for (int64_t i = 0; i < width; i++) {
        const float v = asFloat(gate[i]);
        out[i] = fromFloat<T>(v / (1.0f + fastExp(-v)) * asFloat(up[i]));
      }
    }
  });
  return inner;
}

/// Keys and values of all rows, without padding: a row's first token stands at place 0.
template <typename T>
struct Cache {
  int64_t places;  // per row, a multiple of kBlock
  std::vector<at::Tensor> keys;    // per layer [rows, keyValueHeads, headDim, places]
  std::vector<at::Tensor> values;  // per layer [rows, keyValueHeads, places, headDim]

  Cache(const DecodeRequest& request) : places((request.length + request.responseLength + kBlock - 1) / kBlock * kBlock) {
    const ModelShape& shape = request.shape;
    const at::TensorOptions options(request.type);
    for (int64_t layer = 0; layer < shape.layers; layer++) {
      keys.push_back(at::empty({request.rows, shape.keyValueHeads, shape.headDim, places}, options));
      values.push_back(at::empty({request.rows, shape.keyValueHeads, places, shape.headDim}, options));
    }
  }
};

template <typename T>
class Decoder {
 public:
  Decoder(const DecodeRequest& request)
      : request_(request),
        shape_(request.shape),
        layers_(pack(request.weights, request.type)),
        head_({Projection{request.head.t()}}, at::kFloat),
        cache_(request) {
    if (shape_.llama) rope_ = makeRope(shape_, std::min(cache_.places, shape_.maxPositions), at::kCPU);
  }

  void run(const DecodeAnswer& answer) {
    std::fill_n(answer.lengths, request_.rows, 0);
    std::vector<int64_t> active(request_.rows);
    std::iota(active.begin(), active.end(), 0);
    seen_.assign(request_.lengths, request_.lengths + request_.rows);
    at::Tensor hidden = prefill();
    for (int64_t position = 0;; position++) {
      const std::vector<int32_t> drawn = draw(hidden, active, position, answer);
      std::vector<int64_t> left;
      std::vector<int32_t> next;
      for (size_t i = 0; i < active.size(); i++) {
        if (request_.stopAtEos && drawn[i] == request_.eosToken) continue;
        left.push_back(active[i]);
        next.push_back(drawn[i]);
      }
      if (left.empty() || position + 1 == request_.responseLength) return;
      active = left;
      hidden = step(active, next);
    }
  }

 private:
  /// One token for each active row, written into the answer.
  std::vector<int32_t> draw(const at::Tensor& hidden, const std::vector<int64_t>& active, int64_t position,
                            const DecodeAnswer& answer) {
    const int64_t count = static_cast<int64_t>(active.size());
    if (answer.values != nullptr) writeValues(hidden, active, position, answer);
    const at::Tensor logits = head_(hidden, &layers_[0].query);
    const float* data = logits.const_data_ptr<float>();
    const int64_t size = logits.size(1);
    std::vector<int32_t> drawn(count);
    std::vector<char> broken(count);
    at::parallel_for(0, count, 1, [&](int64_t begin, int64_t end) {
      std::vector<double> weights;
      for (int64_t i = begin; i < end; i++) {
        const int64_t place = active[i] * request_.responseLength + position;
        Drawn one;
        if (!drawToken(data + i * size, size, request_.sampler, request_.uniforms[place], weights, one)) {
          broken[i] = 1;
          continue;
        }
        drawn[i] = answer.tokens[place] = one.token;
        answer.logProbs[place] = static_cast<float>(one.logProb);
        answer.lengths[active[i]] = static_cast<int32_t>(position + 1);
      }
    });
    const auto first = std::find(broken.begin(), broken.end(), 1);
    if (first != broken.end()) throwNonFinite(active[first - broken.begin()], position);
    return drawn;
  }

  void writeValues(const at::Tensor& hidden, const std::vector<int64_t>& active, int64_t position,
                   const DecodeAnswer& answer) {
    at::Tensor values = at::mv(hidden, request_.valueWeight->reshape({-1}));
    if (request_.valueBias) values = values + *request_.valueBias;
    for (size_t i = 0; i < active.size(); i++) {
      answer.values[active[i] * request_.responseLength + position] = values.const_data_ptr<float>()[i];
    }
  }

  /// All prompts at once, left-justified; gives the hidden states of their last tokens, [rows, width].
  at::Tensor prefill() {
    const int64_t rows = request_.rows;
    const int64_t length = request_.length;
    at::Tensor tokens = at::zeros({rows, length}, at::kInt);
    at::Tensor last = at::empty({rows}, at::kLong);
    for (int64_t row = 0; row < rows; row++) {
      const int32_t own = request_.lengths[row];
      std::memcpy(tokens.data_ptr<int32_t>() + row * length, request_.tokens + (row + 1) * length - own,
                  own * sizeof(int32_t));
      last.data_ptr<int64_t>()[row] = row * length + own - 1;
    }
    at::Tensor x = at::embedding(request_.weights.embedding, tokens.view({-1}));
    if (request_.weights.positions.defined()) {
      x = (x.view({rows, length, -1}) + request_.weights.positions.narrow(0, 0, length)).view({rows * length, -1});
    }
    const at::Tensor positions = at::arange(length, at::kInt).repeat({rows});
    at::Tensor delta;
    for (int64_t layer = 0; layer < shape_.layers; layer++) {
      const PackedLayer& own = layers_[layer];
      Normed first = addNorm(x, delta, own.norm1, own.norm1Bias, shape_.normEpsilon, request_.type);
      at::Tensor mixed = attendPrompt(heads(own, first.normed), positions, layer);
      if (layer == shape_.layers - 1) {
        // Behind the last attention only the last tokens matter.
        mixed = mixed.index_select(0, last);
        first.sum = first.sum.index_select(0, last);
      }
      std::tie(x, delta) = feedForward(layer, first.sum, mixed);
    }
    return norm(x, delta);
  }

  /// Queries, keys and values side by side, [M, queryWidth + 2 · keyValueWidth].
  at::Tensor heads(const PackedLayer& own, const at::Tensor& normed) const {
    const at::Tensor all = own.query(normed, &own.output);
    if (own.queryNorm.defined()) normQueriesAndKeys(shape_, own.queryNorm, own.keyNorm, all);
    return all;
  }

  at::Tensor attendPrompt(const at::Tensor& query, const at::Tensor& positions, int64_t layer) {
    const int64_t rows = request_.rows;
    const int64_t length = request_.length;
    const int64_t headDim = shape_.headDim;
    at::Tensor q = query.narrow(1, 0, shape_.queryWidth());
    at::Tensor k = query.narrow(1, shape_.queryWidth(), shape_.keyValueWidth());
    at::Tensor v = query.narrow(1, shape_.queryWidth() + shape_.keyValueWidth(), shape_.keyValueWidth());
    if (rope_) {
      q = rotate(q, *rope_, positions, headDim, false);
      k = rotate(k, *rope_, positions, headDim, false);
    }
    auto heads = [&](const at::Tensor& rowsOf) {
      return rowsOf.view({rows, length, rowsOf.size(1) / headDim, headDim}).transpose(1, 2);
    };
    cache_.keys[layer].narrow(3, 0, length).copy_(heads(k).transpose(2, 3));
    cache_.values[layer].narrow(2, 0, length).copy_(heads(v));
    const at::Tensor mixed =
        at::scaled_dot_product_attention(heads(q), heads(k), heads(v), std::nullopt, 0.0, /*is_causal=*/true,
                                         std::nullopt, shape_.heads != shape_.keyValueHeads);
    return mixed.transpose(1, 2).reshape({rows * length, shape_.queryWidth()});
  }

  /// The second half of a block: gives the residual stream and what is yet to be added to it.
  std::tuple<at::Tensor, at::Tensor> feedForward(int64_t layer, const at::Tensor& x, const at::Tensor& mixed) {
    const PackedLayer& own = layers_[layer];
    const PanelLinear& next = layer + 1 < shape_.layers ? layers_[layer + 1].query : head_;
    const Normed second =
        addNorm(x, own.output(mixed, &own.up), own.norm2, own.norm2Bias, shape_.normEpsilon, request_.type);
    const at::Tensor up = own.up(second.normed, &own.down);
    return {second.sum, own.down(shape_.llama ? gated<T>(up) : geluNew(up), &next)};
  }

  at::Tensor norm(const at::Tensor& x, const at::Tensor& delta) {
    return addNorm(x, delta, request_.weights.norm, request_.weights.normBias, shape_.normEpsilon, at::kFloat).normed;
  }

  /// One more token for the active rows: the hidden states that follow, [active, width].
  at::Tensor step(const std::vector<int64_t>& active, const std::vector<int32_t>& next) {
    const int64_t count = static_cast<int64_t>(active.size());
    at::Tensor x = at::empty({count, shape_.width}, at::kFloat);
    const float* embedding = request_.weights.embedding.const_data_ptr<float>();
    for (int64_t i = 0; i < count; i++) {
      float* out = x.data_ptr<float>() + i * shape_.width;
      std::memcpy(out, embedding + next[i] * shape_.width, shape_.width * sizeof(float));
      if (request_.weights.positions.defined()) {
        const float* place = request_.weights.positions.const_data_ptr<float>() + seen_[active[i]] * shape_.width;
        for (int64_t j = 0; j < shape_.width; j++) out[j] += place[j];
      }
    }
    at::Tensor delta;
    for (int64_t layer = 0; layer < shape_.layers; layer++) {
      const PackedLayer& own = layers_[layer];
      const Normed first = addNorm(x, delta, own.norm1, own.norm1Bias, shape_.normEpsilon, request_.type);
      std::tie(x, delta) = feedForward(layer, first.sum, attendStep(heads(own, first.normed), active, layer));
    }
    for (const int64_t row : active) seen_[row]++;
    return norm(x, delta);
  }

  /// Appends the active rows' keys and values to the cache and attends: [active, queries, keys, values] → [active, queryWidth].
  at::Tensor attendStep(const at::Tensor& query, const std::vector<int64_t>& active, int64_t layer) {
    const int64_t count = static_cast<int64_t>(active.size());
    const int64_t headDim = shape_.headDim;
    const int64_t group = shape_.heads / shape_.keyValueHeads;
    const int64_t stride = query.size(1);
    at::Tensor mixed = at::empty({count, shape_.queryWidth()}, query.options());
    const T* in = static_cast<const T*>(query.const_data_ptr());
    T* out = static_cast<T*>(mixed.data_ptr());
    T* keys = static_cast<T*>(cache_.keys[layer].data_ptr());
    T* values = static_cast<T*>(cache_.values[layer].data_ptr());
    const int64_t perHead = cache_.places * headDim;
    const auto attend = attendGroupsFor<T>(headDim);
    at::parallel_for(0, count * shape_.keyValueHeads, 4, [&](int64_t begin, int64_t end) {
      std::vector<float> scores(kMostTogether * cache_.places);
      std::vector<float> turned(group * headDim);
      for (int64_t item = begin; item < end; item++) {
        const int64_t i = item / shape_.keyValueHeads;
        const int64_t head = item % shape_.keyValueHeads;
        const int64_t place = seen_[active[i]];
        const T* row = in + i * stride;
        const float* cos = rope_ ? rope_->cos.const_data_ptr<float>() + place * (headDim / 2) : nullptr;
        const float* sin = rope_ ? rope_->sin.const_data_ptr<float>() + place * (headDim / 2) : nullptr;
        T* ownKeys = keys + (active[i] * shape_.keyValueHeads + head) * perHead;
        T* ownValues = values + (active[i] * shape_.keyValueHeads + head) * perHead;
        rotateInto(row + shape_.queryWidth() + head * headDim, cos, sin, headDim, turned.data());
        for (int64_t j = 0; j < headDim; j++) ownKeys[j * cache_.places + place] = fromFloat<T>(turned[j]);
        std::memcpy(ownValues + place * headDim,
                    row + shape_.queryWidth() + shape_.keyValueWidth() + head * headDim, headDim * sizeof(T));
        for (int64_t g = 0; g < group; g++) {
          rotateInto(row + (head * group + g) * headDim, cos, sin, headDim, turned.data() + g * headDim);
        }
for (int64_t g = 0; g < group; g += kMostTogether) {
          attend[std::min<int64_t>(kMostTogether, group - g) - 1](turned.data() + g * headDim, ownKeys, ownValues, place + 1, cache_.places,
                                                                  headDim, scores.data(),
                                                                  out + i * shape_.queryWidth() + (head * group + g) * headDim);
        }
      }
    });
    return mixed;
  }

  const DecodeRequest& request_;
  const ModelShape& shape_;
  std::vector<PackedLayer> layers_;
  PanelLinear head_;
  Cache<T> cache_;
  std::optional<Rope> rope_;
  std::vector<int64_t> seen_;  // tokens of each row in the cache
};

}  // namespace

void decodeOnCpu(const DecodeRequest& request, const DecodeAnswer& answer) {
  if (request.type == at::kBFloat16) {
    Decoder<Bf16>(request).run(answer);
  } else {
    Decoder<float>(request).run(answer);
  }
}

}  // namespace whetstone
