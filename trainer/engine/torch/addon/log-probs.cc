#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "linear.h"
#include "simd.h"
#include "tensors.h"

// Log-probabilities, entropies and divergences over the vocabulary from hidden states. The logits [N, V] are never in memory as a whole: they are
// made in slices of the vocabulary, once in the forward pass and once again in the backward pass.

namespace whetstone {

namespace {

constexpr int64_t kSliceElements = 4 << 20;

/// The softmax's sums over the slices so far, in fp64: highest logit m, Σ e^(z − m), Σ z·e^(z − m), each [N].
struct Sums {
  at::Tensor highest, weights, weighted;

  Sums(int64_t rows, at::Device device) {
    const auto options = at::TensorOptions(at::kDouble).device(device);
    highest = at::full({rows}, -std::numeric_limits<double>::infinity(), options);
    weights = at::zeros({rows}, options);
    weighted = at::zeros({rows}, options);
  }

  at::Tensor logSumExp() const { return highest + weights.log(); }
};

struct Head {
  at::Tensor hidden;  // [N, width] fp32
  at::Tensor weight;  // [V, width] fp32
  double temperature;
  at::ScalarType type;  // the compute dtype

  Head(const at::Tensor& states, const at::Tensor& head, double t, bool bf16)
      : hidden(states), weight(head), temperature(t), type(bf16 ? at::kBFloat16 : at::kFloat) {}

  at::Tensor weightsOf(int64_t from, int64_t length) const { return weight.narrow(0, from, length); }

  /// [N, length] fp32, divided by the temperature. In bf16 too: a logit of 100 would be rounded to a multiple of a half. A GPU multiplies bf16
  /// and keeps the fp32 sums; the CPU multiplies fp32.
  at::Tensor logits(const at::Tensor& rows) const {
    at::Tensor z = type == at::kBFloat16 && hidden.is_cuda()
                       ? at::mm(hidden.to(type), rows.t().to(type), at::kFloat)
                       : affine(hidden, rows.t());
    return temperature == 1.0 ? z : z.div_(temperature);
  }
};

/// Calls f(from, length) for consecutive slices of the vocabulary.
template <typename F>
void overVocabulary(const at::Tensor& hidden, const at::Tensor& head, F f) {
  const int64_t size = head.size(0);
  const int64_t step = std::clamp<int64_t>(kSliceElements / std::max<int64_t>(1, hidden.size(0)), 256, size < 256 ? 256 : size);
  for (int64_t from = 0; from < size; from += step) f(from, std::min(step, size - from));
}

void addSlice(const at::Tensor& z, Sums& sums) {
  const int64_t rows = z.size(0);
  const int64_t length = z.size(1);
  if (!z.is_cpu()) {
    const at::Tensor wide = z.to(at::kDouble);
    const at::Tensor highest = at::maximum(sums.highest, wide.amax(1));
    const at::Tensor shrink = (sums.highest - highest).exp();
    const at::Tensor e = (wide - highest.unsqueeze(1)).exp();
    sums.weights = sums.weights * shrink + e.sum(1);
    sums.weighted = sums.weighted * shrink + (e * wide).sum(1);
    sums.highest = highest;
    return;
  }
  const float* data = z.const_data_ptr<float>();
  double* highest = sums.highest.data_ptr<double>();
  double* weights = sums.weights.data_ptr<double>();
  double* weighted = sums.weighted.data_ptr<double>();
  at::parallel_for(0, rows, std::max<int64_t>(1, 16384 / length), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      const float* own = data + row * length;
      float most = own[0];
#pragma omp simd reduction(max : most)
      for (int64_t i = 0; i < length; i++) most = own[i] > most ? own[i] : most;
      float sum = 0;
      float product = 0;
#pragma omp simd reduction(+ : sum, product)
      for (int64_t i = 0; i < length; i++) {
        const float e = fastExp(own[i] - most);
        sum += e;
        product += e * own[i];
      }
      const double top = std::max(highest[row], static_cast<double>(most));
      const double before = std::exp(highest[row] - top);
      const double now = std::exp(most - top);
      weights[row] = weights[row] * before + sum * now;
      weighted[row] = weighted[row] * before + product * now;
      highest[row] = top;
    }
  });
}

/// Where the tokens [N] stand in a slice of the vocabulary, [N, 1], and whether they stand in it, [N].
std::pair<at::Tensor, at::Tensor> placesIn(const at::Tensor& tokens, int64_t from, int64_t length) {
  const at::Tensor places = tokens.to(at::kLong) - from;
  return {places.clamp(0, length - 1).unsqueeze(1), (places >= 0) & (places < length)};
}

/// logProbs(hidden [N, width], head [V, width], tokens [N] int32, temperature, bf16) → [log-probabilities and entropies [2, N], logSumExp [N]]
napi_value logProbs(Args& args) {
  const Head head(args.tensor(0), args.tensor(1), args.number(3), args.boolean(4));
  const at::Tensor tokens = args.tensor(2);
  Sums sums(head.hidden.size(0), head.hidden.device());
  at::Tensor chosen = at::zeros({head.hidden.size(0)}, head.weight.options());
  overVocabulary(head.hidden, head.weight, [&](int64_t from, int64_t length) {
    const at::Tensor z = head.logits(head.weightsOf(from, length));
    const auto [places, inside] = placesIn(tokens, from, length);
    chosen.add_(at::where(inside, z.gather(1, places).squeeze(1), 0.0));
    addSlice(z, sums);
  });
  const at::Tensor logSumExp = sums.logSumExp();
  const at::Tensor entropies = logSumExp - sums.weighted / sums.weights;
  const at::Tensor both = at::stack({chosen - logSumExp, entropies}).to(at::kFloat);
  return args.slots({both, logSumExp.to(at::kFloat)});
}

/// slope·e^(z − logSumExp) in place, slope [N]
void toScaledProbabilities(at::Tensor& z, const at::Tensor& logSumExp, const at::Tensor& slope) {
  if (!z.is_cpu()) {
    z.sub_(logSumExp.unsqueeze(1)).exp_().mul_(slope.unsqueeze(1));
    return;
  }
  const int64_t length = z.size(1);
  float* data = z.data_ptr<float>();
  const float* shift = logSumExp.const_data_ptr<float>();
  const float* factor = slope.const_data_ptr<float>();
  at::parallel_for(0, z.size(0), std::max<int64_t>(1, 16384 / length), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; row++) {
      float* own = data + row * length;
      const float s = shift[row];
      const float f = factor[row];
#pragma omp simd
      for (int64_t i = 0; i < length; i++) own[i] = f * fastExp(own[i] - s);
    }
  });
}

/// Gives dHidden [N, width] and, where `headLearns`, dHead [V, width] of what `slopes` says of each slice of logits: f(z, from, length) turns z [N, length] into the
/// derivative by it.
template <typename F>
napi_value backward(const Args& args, const Head& head, bool headLearns, F slopes) {
  at::Tensor dHidden = at::zeros(head.hidden.sizes(), head.weight.options());
  at::Tensor dHead = headLearns ? at::empty_like(head.weight) : at::Tensor();
  const at::Tensor hidden = head.hidden.to(head.type);
  overVocabulary(head.hidden, head.weight, [&](int64_t from, int64_t length) {
    const at::Tensor rows = head.weightsOf(from, length);
    at::Tensor z = head.logits(rows);
    slopes(z, from, length);
    const at::Tensor own = z.to(head.type);
    dHidden.add_(affine(own, rows.to(head.type)));
    if (headLearns) dHead.narrow(0, from, length).copy_(affine(own.t(), hidden));
  });
  return args.slots(headLearns ? std::vector<at::Tensor>{dHidden, dHead} : std::vector<at::Tensor>{dHidden});
}

/// logProbsBackward(dLogProbs [N], hidden, head, tokens, logSumExp, temperature, bf16, headLearns) → [dHidden, dHead?]
napi_value logProbsBackward(Args& args) {
  const Head head(args.tensor(1), args.tensor(2), args.number(5), args.boolean(6));
  const at::Tensor slope = (args.tensor(0) / head.temperature).contiguous();
  const at::Tensor tokens = args.tensor(3);
  const at::Tensor logSumExp = args.tensor(4);
  const at::Tensor away = -slope;
  return backward(args, head, args.boolean(7), [&](at::Tensor& z, int64_t from, int64_t length) {
    toScaledProbabilities(z, logSumExp, away);
    const auto [places, inside] = placesIn(tokens, from, length);
    z.scatter_add_(1, places, (slope * inside).unsqueeze(1));
  });
}

/// klDivergence(hidden, head, referenceHidden, referenceHead, temperature, bf16) → [KL(p ‖ q) [N], logSumExp of p, of q]
napi_value klDivergence(Args& args) {
  const Head p(args.tensor(0), args.tensor(1), args.number(4), args.boolean(5));
  const Head q(args.tensor(2), args.tensor(3), args.number(4), args.boolean(5));
  TORCH_CHECK(p.hidden.size(0) == q.hidden.size(0) && p.weight.size(0) == q.weight.size(0), "the reference has ",
              q.hidden.size(0), " rows over ", q.weight.size(0), " words, the model ", p.hidden.size(0), " over ",
              p.weight.size(0));
  Sums ofP(p.hidden.size(0), p.hidden.device());
  Sums ofQ(p.hidden.size(0), p.hidden.device());
  auto logitsOf = [](const Head& head, int64_t from, int64_t length) { return head.logits(head.weightsOf(from, length)); };
  overVocabulary(p.hidden, p.weight, [&](int64_t from, int64_t length) {
    addSlice(logitsOf(p, from, length), ofP);
    addSlice(logitsOf(q, from, length), ofQ);
  });
  const at::Tensor shiftP = ofP.logSumExp();
  const at::Tensor shiftQ = ofQ.logSumExp();
  at::Tensor kl = at::zeros_like(shiftP);
  overVocabulary(p.hidden, p.weight, [&](int64_t from, int64_t length) {
    const at::Tensor logP = logitsOf(p, from, length).to(at::kDouble) - shiftP.unsqueeze(1);
    const at::Tensor logQ = logitsOf(q, from, length).to(at::kDouble) - shiftQ.unsqueeze(1);
    kl.add_((logP.exp() * (logP - logQ)).sum(1));
  });
  return args.slots({kl.to(at::kFloat), shiftP.to(at::kFloat), shiftQ.to(at::kFloat)});
}

/// klDivergenceBackward(dKl [N], hidden, head, referenceHidden, referenceHead, kl, logSumExp of p, of q, temperature, bf16, headLearns) → [dHidden, dHead?]
/// By a logit z_i of p: p_i·(log p_i − log q_i − KL) / temperature.
napi_value klDivergenceBackward(Args& args) {
  const Head p(args.tensor(1), args.tensor(2), args.number(8), args.boolean(9));
  const Head q(args.tensor(3), args.tensor(4), args.number(8), args.boolean(9));
  const at::Tensor slope = (args.tensor(0) / p.temperature).unsqueeze(1);
  const at::Tensor kl = args.tensor(5).unsqueeze(1);
  const at::Tensor shiftP = args.tensor(6).unsqueeze(1);
  const at::Tensor shiftQ = args.tensor(7).unsqueeze(1);
  return backward(args, p, args.boolean(10), [&](at::Tensor& z, int64_t from, int64_t length) {
    const at::Tensor logP = z - shiftP;
    const at::Tensor logQ = q.logits(q.weightsOf(from, length)) - shiftQ;
    z = logP.exp() * (logP - logQ - kl) * slope;
  });
}

}  // namespace

void defineLogProbs(napi_env env, napi_value exports) {
  define(env, exports, "logProbs", logProbs);
  define(env, exports, "logProbsBackward", logProbsBackward);
  define(env, exports, "klDivergence", klDivergence);
  define(env, exports, "klDivergenceBackward", klDivergenceBackward);
}

}  // namespace whetstone
