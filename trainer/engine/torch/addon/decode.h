#pragma once
#include <ATen/ATen.h>

#include <optional>
#include <vector>

#include "model.h"
#include "sampling.h"

namespace whetstone {

/// trainer/engine/fused.ts' FusedDecodeRequest.
struct DecodeRequest {
  ModelShape shape;
  Weights weights;
  at::Tensor head;                             // [V, width]
  std::optional<at::Tensor> valueWeight;       // [1, width]: values are wanted
  std::optional<at::Tensor> valueBias;         // [1]
  int64_t rows, length, responseLength;
  const int32_t* tokens;                       // [rows · length], left-padded
  const int32_t* lengths;                      // [rows]
  const double* uniforms;                      // [rows · responseLength]
  Sampler sampler;
  bool stopAtEos;
  int64_t eosToken;
  at::ScalarType type;                         // the compute dtype
};

/// Filled row by row, [rows · responseLength]; `lengths` [rows].
struct DecodeAnswer {
  int32_t* tokens;
  float* logProbs;
  float* values;  // nullptr unless wanted
  int32_t* lengths;
};

/// On the CPU: weights in panels, a cache without padding, rows leave as they stop. Throws 'NON_FINITE_LOGITS row R position P'.
void decodeOnCpu(const DecodeRequest& request, const DecodeAnswer& answer);

/// On any device by libtorch's operations alone, nothing read back before the end; one token is one CUDA graph. Throws the same.
void decodeOnDevice(const DecodeRequest& request, const DecodeAnswer& answer);

[[noreturn]] void throwNonFinite(int64_t row, int64_t position);

}  // namespace whetstone
