#pragma once
#include <ATen/ATen.h>

#include <optional>

namespace whetstone {

/// x [N, in] · weight [in, out] + bias [out] in the dtype that x and weight share. Strides are free: a transpose costs nothing.
/// fp32 on the CPU goes through oneDNN, which takes AVX-512 on every maker's processors where MKL does not.
at::Tensor affine(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias = std::nullopt);

/// The same, recorded by libtorch's tape. x has the compute dtype; weight and bias are fp32 masters and so are their gradients.
at::Tensor recordedAffine(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias = std::nullopt);

/// A weight in the blocked layout in which oneDNN multiplies it fastest, for many products of few rows each. On a libtorch without oneDNN it stays
/// as it was.
class PackedLinear {
 public:
  PackedLinear() = default;
  /// weight [in, out] and bias [out] (may be undefined) are fp32; `rows` is what most products will have.
  PackedLinear(const at::Tensor& weight, const at::Tensor& bias, at::ScalarType type, int64_t rows);
  /// x [N, in] of the compute dtype → [N, out]
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  std::optional<at::Tensor> packed_;
  at::Tensor weight_;  // where it is not packed
  std::optional<at::Tensor> bias_;
};

}  // namespace whetstone
