#pragma once
#include <ATen/ATen.h>

#include "layers.h"

namespace whetstone {

/// Whether `attendInCache` takes it: on the CPU, causal without a mask, and a head's scores small enough for a core's own cache.
bool fitsCache(const ModelShape& shape, const AttentionInput& input, const at::Tensor& query);

/// What `attend` computes, a head at a time in a core's own cache, rotary positions included: nothing but the inputs and the output touches memory.
/// key and value may be undefined, as there.
at::Tensor attendInCache(const ModelShape& shape, const AttentionInput& input, const at::Tensor& query,
                         const at::Tensor& key, const at::Tensor& value);

struct AttentionGradients {
  at::Tensor query, key, value;  // key and value undefined where all three are in query
};

/// The derivative by query, key and value; the scores are computed again.
AttentionGradients attendInCacheBackward(const ModelShape& shape, const AttentionInput& input, const at::Tensor& query,
                                         const at::Tensor& key, const at::Tensor& value, const at::Tensor& dMixed);

}  // namespace whetstone
