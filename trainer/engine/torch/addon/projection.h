#pragma once
#include <ATen/ATen.h>

#include "model.h"

namespace whetstone {

/// x [N, in] · weight + bias + scale · (x · loraAᵀ) · loraBᵀ, recorded by libtorch's tape; no gradient is computed for what does not learn.
/// x has the compute dtype; the projection's tensors are fp32 masters.
at::Tensor project(const at::Tensor& x, const Projection& projection, double scale);

}  // namespace whetstone
