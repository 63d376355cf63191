#include <ATen/Parallel.h>

#include <algorithm>
#include <cstring>
#include <numeric>

#include "bf16.h"
#include "decode.h"
#include "layers.h"
#include "linear.h"
#include "simd.h"

namespace whetstone {

namespace {

constexpr int64_t kMostHeadDim = 512;

/// One block's weights, those with the same input side by side and packed for oneDNN.
struct PackedLayer {
  at::Tensor norm1, norm1Bias, norm2, norm2Bias;
  PackedLinear query;  // query, key and value: [width → queryWidth + 2 · keyValueWidth]
  PackedLinear output;
  PackedLinear up;  // Llama: gate and up, [width → 2 · mlpWidth]
  PackedLinear down;
  at::Tensor queryNorm, keyNorm;
};

std::vector<PackedLayer> pack(const Weights& weights, at::ScalarType type, int64_t rows) {
  std::vector<PackedLayer> packed;
  for (const LayerWeights& own : weights.layers) {
    PackedLayer layer;
    layer.norm1 = own.norm1, layer.norm1Bias = own.norm1Bias;
    layer.norm2 = own.norm2, layer.norm2Bias = own.norm2Bias;
    layer.queryNorm = own.queryNorm, layer.keyNorm = own.keyNorm;
    const Projection query = own.key.defined() ? sideBySide({own.query, own.key, own.value}) : own.query;
    const Projection up = own.gate.defined() ? sideBySide({own.gate, own.up}) : own.up;
    layer.query = PackedLinear(query.weight, query.bias, type, rows);
    layer.output = PackedLinear(own.output.weight, own.output.bias, type, rows);
    layer.up = PackedLinear(up.weight, up.bias, type, rows);
    layer.down = PackedLinear(own.down.weight, own.down.bias, type, rows);
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
  int64_t places;            // per row
  std::vector<at::Tensor> keys, values;  // per layer [rows, keyValueHeads, places, headDim]

  Cache(const DecodeRequest& request) : places(request.length + request.responseLength) {
    const ModelShape& shape = request.shape;
    for (int64_t layer = 0; layer < shape.layers; layer++) {
      const std::vector<int64_t> sizes{request.rows, shape.keyValueHeads, places, shape.headDim};
      keys.push_back(at::empty(sizes, at::TensorOptions(request.type)));
      values.push_back(at::empty(sizes, at::TensorOptions(request.type)));
    }
  }
};

/// The last of `seen` places attends to all of them: query [headDim] · keys, softmax, · values, for the heads that share them. Four places at a
/// time, with the size of a head known to the compiler (kHeadDim; 0: `headDim`), so that the sums stay in registers.
template <typename T, int kHeadDim>
void attendOne(const float* queries, int64_t group, const T* keys, const T* values, int64_t seen, int64_t anyHeadDim,
               float* scores, T* out) {
  const int64_t headDim = kHeadDim > 0 ? kHeadDim : anyHeadDim;
  const float scale = 1.0f / std::sqrt(static_cast<float>(headDim));
  const int64_t even = seen / 4 * 4;
  for (int64_t g = 0; g < group; g++) {
    const float* query = queries + g * headDim;
    for (int64_t place = 0; place < even; place += 4) {
      const T* k0 = keys + place * headDim;
      const T* k1 = k0 + headDim;
      const T* k2 = k1 + headDim;
      const T* k3 = k2 + headDim;
      float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
      for (int64_t i = 0; i < headDim; i++) {
        s0 += query[i] * asFloat(k0[i]);
        s1 += query[i] * asFloat(k1[i]);
        s2 += query[i] * asFloat(k2[i]);
        s3 += query[i] * asFloat(k3[i]);
      }
      scores[place] = s0 * scale;
      scores[place + 1] = s1 * scale;
      scores[place + 2] = s2 * scale;
      scores[place + 3] = s3 * scale;
    }
    for (int64_t place = even; place < seen; place++) {
      float dot = 0;
#pragma omp simd reduction(+ : dot)
      for (int64_t i = 0; i < headDim; i++) dot += query[i] * asFloat(keys[place * headDim + i]);
      scores[place] = dot * scale;
    }
    float highest = scores[0];
#pragma omp simd reduction(max : highest)
    for (int64_t place = 0; place < seen; place++) highest = scores[place] > highest ? scores[place] : highest;
    float total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t place = 0; place < seen; place++) {
      scores[place] = fastExp(scores[place] - highest);
      total += scores[place];
    }
    float mixed[kHeadDim > 0 ? kHeadDim : kMostHeadDim];
    for (int64_t i = 0; i < headDim; i++) mixed[i] = 0;
    for (int64_t place = 0; place < even; place += 4) {
      const T* v0 = values + place * headDim;
      const T* v1 = v0 + headDim;
      const T* v2 = v1 + headDim;
      const T* v3 = v2 + headDim;
      const float* w = scores + place;
#pragma omp simd
      for (int64_t i = 0; i < headDim; i++) {
        mixed[i] += w[0] * asFloat(v0[i]) + w[1] * asFloat(v1[i]) + w[2] * asFloat(v2[i]) + w[3] * asFloat(v3[i]);
      }
    }
    for (int64_t place = even; place < seen; place++) {
#pragma omp simd
      for (int64_t i = 0; i < headDim; i++) mixed[i] += scores[place] * asFloat(values[place * headDim + i]);
    }
    const float inverse = 1.0f / total;
    for (int64_t i = 0; i < headDim; i++) out[g * headDim + i] = fromFloat<T>(mixed[i] * inverse);
  }
}

template <typename T>
using AttendOne = void (*)(const float*, int64_t, const T*, const T*, int64_t, int64_t, float*, T*);

template <typename T>
AttendOne<T> attendOneFor(int64_t headDim) {
  if (headDim == 32) return attendOne<T, 32>;
  if (headDim == 64) return attendOne<T, 64>;
  if (headDim == 128) return attendOne<T, 128>;
  return attendOne<T, 0>;
}

/// Turns one head by its position's angles.
template <typename T>
void rotateInto(const T* in, const float* cos, const float* sin, int64_t headDim, float* out) {
  const int64_t half = headDim / 2;
  if (cos == nullptr) {
    for (int64_t i = 0; i < headDim; i++) out[i] = asFloat(in[i]);
    return;
  }
#pragma omp simd
  for (int64_t i = 0; i < half; i++) {
    const float a = asFloat(in[i]);
    const float b = asFloat(in[i + half]);
    out[i] = a * cos[i] - b * sin[i];
    out[i + half] = b * cos[i] + a * sin[i];
  }
}

template <typename T>
class Decoder {
 public:
  Decoder(const DecodeRequest& request)
      : request_(request),
        shape_(request.shape),
        layers_(pack(request.weights, request.type, request.rows)),
        head_(request.head.t(), {}, at::kFloat, request.rows),
        cache_(request) {
    if (shape_.llama) rope_ = makeRope(shape_, std::min(cache_.places, shape_.maxPositions), at::kCPU);
    if (shape_.headDim > kMostHeadDim) throw std::invalid_argument("headDim over 512 is not supported");
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
    const at::Tensor logits = head_(hidden);
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
      std::tie(x, delta) = feedForward(own, first.sum, mixed);
    }
    return norm(x, delta);
  }

  /// Queries, keys and values side by side, [M, queryWidth + 2 · keyValueWidth].
  at::Tensor heads(const PackedLayer& own, const at::Tensor& normed) const {
    const at::Tensor all = own.query(normed);
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
    cache_.keys[layer].narrow(2, 0, length).copy_(heads(k));
    cache_.values[layer].narrow(2, 0, length).copy_(heads(v));
    const at::Tensor mixed =
        at::scaled_dot_product_attention(heads(q), heads(k), heads(v), std::nullopt, 0.0, /*is_causal=*/true,
                                         std::nullopt, shape_.heads != shape_.keyValueHeads);
    return mixed.transpose(1, 2).reshape({rows * length, shape_.queryWidth()});
  }

  /// The second half of a block: gives the residual stream and what is yet to be added to it.
  std::tuple<at::Tensor, at::Tensor> feedForward(const PackedLayer& own, const at::Tensor& x, const at::Tensor& mixed) {
    const Normed second =
        addNorm(x, own.output(mixed), own.norm2, own.norm2Bias, shape_.normEpsilon, request_.type);
    const at::Tensor up = own.up(second.normed);
    return {second.sum, own.down(shape_.llama ? gated<T>(up) : geluNew(up))};
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
      std::tie(x, delta) = feedForward(own, first.sum, attendStep(heads(own, first.normed), active, layer));
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
    const AttendOne<T> attend = attendOneFor<T>(headDim);
    at::parallel_for(0, count * shape_.keyValueHeads, 4, [&](int64_t begin, int64_t end) {
      std::vector<float> scores(cache_.places);
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
        for (int64_t j = 0; j < headDim; j++) ownKeys[place * headDim + j] = fromFloat<T>(turned[j]);
        std::memcpy(ownValues + place * headDim,
                    row + shape_.queryWidth() + shape_.keyValueWidth() + head * headDim, headDim * sizeof(T));
        for (int64_t g = 0; g < group; g++) {
          rotateInto(row + (head * group + g) * headDim, cos, sin, headDim, turned.data() + g * headDim);
        }
        attend(turned.data(), group, ownKeys, ownValues, place + 1, headDim, scores.data(),
                     out + i * shape_.queryWidth() + head * group * headDim);
      }
    });
    return mixed;
  }

  const DecodeRequest& request_;
  const ModelShape& shape_;
  std::vector<PackedLayer> layers_;
  PackedLinear head_;
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
