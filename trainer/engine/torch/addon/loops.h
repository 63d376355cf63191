#pragma once
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <optional>

#include "bf16.h"

// What the loops over rows of tensors share.

namespace whetstone {

// An undefined tensor may not be an input of a Function.
using Optional = std::optional<at::Tensor>;
inline Optional given(const at::Tensor& tensor) { return tensor.defined() ? Optional(tensor) : std::nullopt; }

template <typename T>
T* dataOf(const at::Tensor& tensor) {
  return static_cast<T*>(tensor.data_ptr());
}

inline bool hasLoops(const at::Tensor& x) {
  return x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

/// Calls f with a value of the C++ type of that dtype, float or Bf16.
template <typename F>
void withType(at::ScalarType type, F f) {
  if (type == at::kBFloat16) {
    f(Bf16{});
  } else {
    f(float{});
  }
}

/// Runs f(begin, end) over rows on all threads.
template <typename F>
void overRows(int64_t rows, int64_t width, F f) {
  at::parallel_for(0, rows, std::max<int64_t>(1, 16384 / width), f);
}

}  // namespace whetstone
