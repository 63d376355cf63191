#pragma once
#include <ATen/ATen.h>

#include <string>

namespace whetstone {

/// What TensorFlow.js names 'float32', 'int32', 'bool' or 'complex64'.
at::ScalarType typeOf(const std::string& dtype);

/// `result` in the dtype that TensorFlow.js expects of the kernel; free where it has it already.
inline at::Tensor as(at::ScalarType type, at::Tensor result) {
  return result.scalar_type() == type ? std::move(result) : result.to(type);
}

/// A view that keeps less than half of what it is a part of becomes a copy, so that it does not hold the whole in memory.
inline at::Tensor part(at::Tensor view) {
  const bool small = 2 * view.nbytes() < view.storage().nbytes();
  return small ? view.clone(at::MemoryFormat::Contiguous) : std::move(view);
}

}  // namespace whetstone
