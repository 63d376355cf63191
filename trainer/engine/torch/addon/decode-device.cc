#ifdef WHETSTONE_CUDA
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

#include <algorithm>
#include <functional>

#include "decode.h"
#include "layers.h"
#include "linear.h"

namespace whetstone {

namespace {

/// How many tokens pass between two looks at whether every row has stopped; each look waits for the device.
constexpr int64_t kStopInterval = 16;

struct DeviceLayer {
  at::Tensor norm1, norm1Bias, norm2, norm2Bias;
  PackedLinear query, output, up, down;
  at::Tensor queryNorm, keyNorm;
  at::Tensor keys, values;  // [rows, keyValueHeads, places, headDim]
};

/// rlhf/sampling.ts' sampler over rows of logits [rows, V], uniforms [rows] fp64: tokens [rows] int64 and log-probabilities [rows] fp64.
std::pair<at::Tensor, at::Tensor> drawTokens(const at::Tensor& logits, const Sampler& sampler, const at::Tensor& uniforms) {
  const at::Tensor best = logits.argmax(1);
  if (sampler.temperature == 0) return {best, at::zeros_like(uniforms)};
  const at::Tensor wide = logits.to(at::kDouble);
  at::Tensor weights = ((wide - wide.amax(1, true)) / sampler.temperature).exp();
  const int64_t size = logits.size(1);
  if (sampler.topK > 0 && sampler.topK < size) {
    const at::Tensor threshold = std::get<0>(weights.topk(sampler.topK, 1)).narrow(1, sampler.topK - 1, 1);
    weights = weights * (weights >= threshold);
  }
  at::Tensor total = weights.sum(1, true);
  if (sampler.topP < 1) {
    const auto [sorted, order] = weights.sort(/*stable=*/true, /*dim=*/1, /*descending=*/true);
    // A weight is kept while the sum before it is below p·total; the first always is.
    at::Tensor kept = (sorted.cumsum(1) - sorted) < total * sampler.topP;
    kept.narrow(1, 0, 1).fill_(true);
    weights = (sorted * kept).gather(1, order.argsort(/*stable=*/false, /*dim=*/1, /*descending=*/false));
    total = weights.sum(1, true);
  }
  const at::Tensor passed = (weights.cumsum(1) <= uniforms.unsqueeze(1) * total).sum(1);
  const at::Tensor tokens = at::where(passed < size, passed, best);
  const at::Tensor chosen = weights.gather(1, tokens.unsqueeze(1));
  return {tokens, (chosen / total).log().squeeze(1)};
}

/// Left-padded prompts, so that all rows write their next key and value at the same place. Whatever changes from token to token is a tensor on the
/// device and is changed in place: a token is then the same work on the same memory, which a CUDA graph can replay.
class DeviceDecoder {
 public:
  explicit DeviceDecoder(const DecodeRequest& request)
      : request_(request),
        shape_(request.shape),
        device_(request.head.device()),
        places_(request.length + request.responseLength),
        head_(request.head.t().to(device_.is_cuda() ? request.type : at::kFloat)) {
    const auto floats = at::TensorOptions(request.type).device(device_);
    for (const LayerWeights& own : request.weights.layers) {
      DeviceLayer layer;
      layer.norm1 = own.norm1, layer.norm1Bias = own.norm1Bias;
      layer.norm2 = own.norm2, layer.norm2Bias = own.norm2Bias;
      layer.queryNorm = own.queryNorm, layer.keyNorm = own.keyNorm;
      auto pack = [&](const Projection& linear) {
        return PackedLinear(linear.weight, linear.bias, request.type, request.rows);
      };
      layer.query = pack(own.key.defined() ? sideBySide({own.query, own.key, own.value}) : own.query);
      layer.output = pack(own.output);
      layer.up = pack(own.gate.defined() ? sideBySide({own.gate, own.up}) : own.up);
      layer.down = pack(own.down);
      layer.keys = at::zeros({request.rows, shape_.keyValueHeads, places_, shape_.headDim}, floats);
      layer.values = at::zeros_like(layer.keys);
      layers_.push_back(std::move(layer));
    }
    if (shape_.llama) rope_ = makeRope(shape_, std::min(places_, shape_.maxPositions), device_);
    prepareState();
  }

  void run(const DecodeAnswer& answer) {
    // Every place is written once, so the order is no matter; the deterministic ways are made of operations that no graph can hold.
    const Determinism off(false, false);
    withStream([&] {
      hidden_.copy_(prefill());
      onEachToken([&] { token(); });
    });
    collect(answer);
  }

 private:
  void prepareState() {
    const int64_t rows = request_.rows;
    const auto longs = at::TensorOptions(at::kLong).device(device_);
    at::Tensor lengths = at::empty({rows}, at::kInt);
    std::copy_n(request_.lengths, rows, lengths.data_ptr<int32_t>());
    padding_ = request_.length - lengths.to(longs);  // [rows]
    at::Tensor uniforms = at::empty({rows, request_.responseLength}, at::kDouble);
    std::copy_n(request_.uniforms, uniforms.numel(), uniforms.data_ptr<double>());
    uniforms_ = uniforms.to(device_).t().contiguous();  // [responseLength, rows]
    place_ = at::full({1}, request_.length, longs);
    drawn_ = at::zeros({1}, longs);
    positions_ = lengths.to(device_);
    done_ = at::zeros({rows}, longs.dtype(at::kBool));
    hidden_ = at::empty({rows, shape_.width}, longs.dtype(at::kFloat));
    tokens_ = at::zeros({request_.responseLength, rows}, longs);
    logProbs_ = at::zeros({request_.responseLength, rows}, longs.dtype(at::kDouble));
    finite_ = at::ones({request_.responseLength, rows}, longs.dtype(at::kBool));
    if (request_.valueWeight) values_ = at::zeros({request_.responseLength, rows}, longs.dtype(at::kFloat));
    // 0 on the prompt's tokens, −∞ on padding and on what is yet to come.
    const at::Tensor places = at::arange(places_, longs);
    const at::Tensor seen = (places >= padding_.unsqueeze(1)) & (places < request_.length);
    mask_ = at::zeros({rows, places_}, longs.dtype(request_.type))
                .masked_fill_(~seen, -std::numeric_limits<float>::infinity())
                .view({rows, 1, 1, places_});
  }

  at::Tensor prefill() {
    const int64_t rows = request_.rows;
    const int64_t length = request_.length;
    at::Tensor tokens = at::empty({rows * length}, at::kInt);
    std::copy_n(request_.tokens, rows * length, tokens.data_ptr<int32_t>());
    const auto longs = at::TensorOptions(at::kLong).device(device_);
    const at::Tensor places = at::arange(length, longs);
    const at::Tensor positions = (places - padding_.unsqueeze(1)).clamp_min(0).to(at::kInt).reshape({-1});
    const at::Tensor isToken = (places >= padding_.unsqueeze(1)).view({rows, 1, 1, length});
    const at::Tensor causal = places.view({length, 1}) >= places;
    const at::Tensor seen = (causal & isToken) | (places.view({length, 1}) == places);
    const at::Tensor mask = at::zeros(seen.sizes(), mask_.options())
                                .masked_fill_(~seen, -std::numeric_limits<float>::infinity());
    const at::Tensor x = embed(tokens.to(device_), positions);
    const at::Tensor states = blocks(x, positions, [&](DeviceLayer& layer, const at::Tensor& q, const at::Tensor& k,
                                                       const at::Tensor& v) {
      auto heads = [&](const at::Tensor& all) {
        return all.reshape({rows, length, all.size(1) / shape_.headDim, shape_.headDim}).transpose(1, 2);
      };
      layer.keys.narrow(2, 0, length).copy_(heads(k));
      layer.values.narrow(2, 0, length).copy_(heads(v));
      return at::scaled_dot_product_attention(heads(q), heads(k), heads(v), mask, 0.0, false, std::nullopt,
                                              shape_.heads != shape_.keyValueHeads)
          .transpose(1, 2)
          .reshape({rows * length, shape_.queryWidth()});
    });
    return states.view({rows, length, shape_.width}).select(1, length - 1);
  }

  /// Draws each row's token from `hidden_` and computes the hidden states that follow it.
  void token() {
    // In bf16 too the logits are fp32 sums (log-probs.cc says why).
    const at::Tensor logits = head_.scalar_type() == at::kFloat ? affine(hidden_, head_)
                                                                : at::mm(hidden_.to(request_.type), head_, at::kFloat);
    const at::Tensor uniforms = uniforms_.index_select(0, drawn_).squeeze(0);
    const auto [tokens, logProbs] = drawTokens(logits, request_.sampler, uniforms);
    tokens_.index_copy_(0, drawn_, tokens.unsqueeze(0));
    logProbs_.index_copy_(0, drawn_, logProbs.unsqueeze(0));
    finite_.index_copy_(0, drawn_, at::isfinite(logits).all(1).unsqueeze(0));
    if (values_.defined()) {
      at::Tensor values = hidden_.matmul(request_.valueWeight->reshape({-1}));
      if (request_.valueBias) values = values + *request_.valueBias;
      values_.index_copy_(0, drawn_, values.unsqueeze(0));
    }
    if (request_.stopAtEos) done_.logical_or_(tokens == request_.eosToken);
    mask_.index_fill_(3, place_, 0);
    hidden_.copy_(next(tokens));
    place_.add_(1);
    drawn_.add_(1);
    positions_.add_(1).clamp_(0, shape_.maxPositions - 1);
  }

  at::Tensor next(const at::Tensor& tokens) {
    const int64_t rows = request_.rows;
    const int64_t group = shape_.heads / shape_.keyValueHeads;
    return blocks(embed(tokens, positions_), positions_,
                  [&](DeviceLayer& layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
                    const std::vector<int64_t> one{rows, shape_.keyValueHeads, 1, shape_.headDim};
                    layer.keys.index_copy_(2, place_, k.reshape(one));
                    layer.values.index_copy_(2, place_, v.reshape(one));
                    // The queries that share a key are the rows of one product: no key is copied for them.
                    const at::Tensor own = q.reshape({rows, shape_.keyValueHeads, group, shape_.headDim});
                    return at::scaled_dot_product_attention(own, layer.keys, layer.values,
                                                            mask_.expand({rows, 1, group, places_}))
                        .reshape({rows, shape_.queryWidth()});
                  });
  }

  at::Tensor embed(const at::Tensor& tokens, const at::Tensor& positions) {
    const at::Tensor x = at::embedding(request_.weights.embedding, tokens);
    return request_.weights.positions.defined() ? x + at::embedding(request_.weights.positions, positions) : x;
  }

  template <typename Attend>
  at::Tensor blocks(at::Tensor x, const at::Tensor& positions, Attend attend) {
    at::Tensor delta;
    for (DeviceLayer& layer : layers_) {
      const Normed first = addNorm(x, delta, layer.norm1, layer.norm1Bias, shape_.normEpsilon, request_.type);
      const at::Tensor query = layer.query(first.normed);
      if (layer.queryNorm.defined()) normQueriesAndKeys(shape_, layer.queryNorm, layer.keyNorm, query);
      at::Tensor q = query.narrow(1, 0, shape_.queryWidth());
      at::Tensor k = query.narrow(1, shape_.queryWidth(), shape_.keyValueWidth());
      const at::Tensor v = query.narrow(1, shape_.queryWidth() + shape_.keyValueWidth(), shape_.keyValueWidth());
      if (rope_) {
        q = rotate(q, *rope_, positions, shape_.headDim, false);
        k = rotate(k, *rope_, positions, shape_.headDim, false);
      }
      const at::Tensor output = layer.output(attend(layer, q, k, v));
      const Normed second = addNorm(first.sum, output, layer.norm2, layer.norm2Bias, shape_.normEpsilon, request_.type);
      const at::Tensor up = layer.up(second.normed);
      at::Tensor inner;
      if (shape_.llama) {
        const auto halves = up.chunk(2, 1);
        inner = swiGlu(halves[0].contiguous(), halves[1].contiguous());
      } else {
        inner = geluNew(up);
      }
      x = second.sum, delta = layer.down(inner);
    }
    return addNorm(x, delta, request_.weights.norm, request_.weights.normBias, shape_.normEpsilon, at::kFloat).normed;
  }

  bool allDone() { return request_.stopAtEos && done_.all().item<bool>(); }

#ifdef WHETSTONE_CUDA
  /// A CUDA graph is captured on a stream of its own.
  void withStream(const std::function<void()>& work) {
    if (!device_.is_cuda()) return work();
    const auto before = c10::cuda::getCurrentCUDAStream();
    const auto stream = c10::cuda::getStreamFromPool();
    before.synchronize();
    struct Synchronised {
      c10::cuda::CUDAStream stream;
      ~Synchronised() { cudaStreamSynchronize(stream.stream()); }  // also when the work throws: its memory is freed next
    } synchronised{stream};
    c10::cuda::CUDAStreamGuard guard(stream);
    work();
  }

  /// The first token runs as it is, which also readies libraries and workspaces; the others replay one graph.
  void onEachToken(const std::function<void()>& one) {
    one();
    if (!device_.is_cuda() || request_.responseLength < 4) {
      for (int64_t i = 1; i < request_.responseLength && !(i % kStopInterval == 0 && allDone()); i++) one();
      return;
    }
    at::cuda::CUDAGraph graph;
    graph.capture_begin();
    try {
      one();
    } catch (...) {
      // A stream left in capture would fail every later call.
      try {
        graph.capture_end();
      } catch (const c10::Error&) {
      }
      throw;
    }
    graph.capture_end();
    for (int64_t i = 1; i < request_.responseLength && !(i % kStopInterval == 0 && allDone()); i++) graph.replay();
    // The graph's memory must outlive its last replay.
    c10::cuda::getCurrentCUDAStream().synchronize();
  }
#else
  void withStream(const std::function<void()>& work) { work(); }

  void onEachToken(const std::function<void()>& one) {
    for (int64_t i = 0; i < request_.responseLength && !(i > 0 && i % kStopInterval == 0 && allDone()); i++) one();
  }
#endif

  void collect(const DecodeAnswer& answer) {
    const int64_t rows = request_.rows;
    const int64_t most = request_.responseLength;
    const at::Tensor tokens = tokens_.t().to(at::kCPU).contiguous();
    const at::Tensor logProbs = logProbs_.t().to(at::kCPU, at::kFloat).contiguous();
    const at::Tensor finite = finite_.t().to(at::kCPU).contiguous();
    const at::Tensor values = values_.defined() ? values_.t().to(at::kCPU).contiguous() : at::Tensor();
    for (int64_t row = 0; row < rows; row++) {
      int64_t length = 0;
      while (length < most) {
        const int64_t place = row * most + length;
        if (!finite.const_data_ptr<bool>()[place]) throwNonFinite(row, length);
        answer.tokens[place] = static_cast<int32_t>(tokens.const_data_ptr<int64_t>()[place]);
        answer.logProbs[place] = logProbs.const_data_ptr<float>()[place];
        if (answer.values != nullptr) answer.values[place] = values.const_data_ptr<float>()[place];
        length++;
        if (request_.stopAtEos && answer.tokens[place] == request_.eosToken) break;
      }
      answer.lengths[row] = static_cast<int32_t>(length);
    }
  }

  const DecodeRequest& request_;
  const ModelShape& shape_;
  const at::Device device_;
  const int64_t places_;
  at::Tensor head_;  // [width, V]
  std::vector<DeviceLayer> layers_;
  std::optional<Rope> rope_;
  at::Tensor padding_, uniforms_;               // [rows]; [responseLength, rows] fp64
  at::Tensor place_, drawn_, positions_, done_;  // [1], [1], [rows] int32, [rows]
  at::Tensor mask_, hidden_;                    // [rows, 1, 1, places], [rows, width]
  at::Tensor tokens_, logProbs_, finite_, values_;  // [responseLength, rows]
};

}  // namespace

void decodeOnDevice(const DecodeRequest& request, const DecodeAnswer& answer) { DeviceDecoder(request).run(answer); }

}  // namespace whetstone
