#pragma once
#include <ATen/ATen.h>
#include <ATen/Context.h>

#include <optional>
#include <utility>

#include "model.h"

// The layers of a transformer between its matrix products, each recorded by libtorch's tape as one node. Rows are flattened, N = B · T. The
// residual stream is fp32; what goes into a matrix product has the compute dtype, `type`. On the CPU each is one pass over memory.

namespace whetstone {

/// Deterministic algorithms as wanted while it lives, then as before.
class Determinism {
 public:
  Determinism(bool on, bool warnOnly)
      : before_(at::globalContext().deterministicAlgorithms()),
        beforeWarnOnly_(at::globalContext().deterministicAlgorithmsWarnOnly()) {
    at::globalContext().setDeterministicAlgorithms(on, warnOnly);
  }
  ~Determinism() { at::globalContext().setDeterministicAlgorithms(before_, beforeWarnOnly_); }
  Determinism(const Determinism&) = delete;
  Determinism& operator=(const Determinism&) = delete;

 private:
  bool before_, beforeWarnOnly_;
};

struct Normed {
  at::Tensor sum;     // [N, width] fp32: the residual stream
  at::Tensor normed;  // [N, width] of `type`
};

/// sum = x + delta (delta may be undefined), normed = norm(sum) · gain + bias: LayerNorm, or RMSNorm where bias is undefined.
Normed addNorm(const at::Tensor& x, const at::Tensor& delta, const at::Tensor& gain, const at::Tensor& bias,
               double epsilon, at::ScalarType type);

/// The RMS norm of each head of x [N, heads · headDim], possibly rows of a wider tensor, in its dtype; gain [headDim].
at::Tensor normHeads(const at::Tensor& x, const at::Tensor& gain, double epsilon);

/// The same in place, of queries and keys where both stand side by side, [N, queryWidth + keyValueWidth + …]. Not recorded.
void normQueriesAndKeys(const ModelShape& shape, const at::Tensor& queryGain, const at::Tensor& keyGain, const at::Tensor& all);

/// GPT-2's gelu_new, in the dtype of x [N, mlpWidth].
at::Tensor geluNew(const at::Tensor& x);

/// silu(gate) · up, [N, mlpWidth].
at::Tensor swiGlu(const at::Tensor& gate, const at::Tensor& up);

/// cos and sin by position and frequency, [positions, headDim / 2] fp32 each.
struct Rope {
  at::Tensor cos, sin;
};
Rope makeRope(const ModelShape& shape, int64_t positions, at::Device device);

/// x [N, heads · headDim] turned by the angles of `positions` [N] int32 (backwards where `inverse`), a new tensor. Halves rotate
/// together, as in Hugging Face.
at::Tensor rotate(const at::Tensor& x, const Rope& rope, const at::Tensor& positions, int64_t headDim, bool inverse);

struct AttentionInput {
  int64_t batch, length;
  at::Tensor positions;             // [N] int32, with rope
  std::optional<at::Tensor> mask;   // [B, 1, T, T] additive, of the compute dtype; none: causal
  std::optional<Rope> rope;
};

/// softmax(q·kᵀ/√headDim)·v by libtorch's scaled_dot_product_attention (flash attention where it has one): query [N, heads · headDim], key and
/// value [N, keyValueHeads · headDim]; or all three in query, [N, 3 · width], key and value undefined. Gives [N, heads · headDim].
at::Tensor attend(const ModelShape& shape, const AttentionInput& input, const at::Tensor& query, const at::Tensor& key,
                  const at::Tensor& value);

}  // namespace whetstone
