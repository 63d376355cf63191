#pragma once
#include <ATen/ATen.h>

#include <vector>

#include "model.h"

namespace whetstone {

/// A linear layer for decoding on the CPU, where few rows meet weights that come from memory anew for every token. The weight lies in panels of some
/// columns, step by step as a product reads it; while one panel is multiplied the next is fetched, so that the product takes the longer of
/// the two times and not their sum.
class PanelLinear {
 public:
  PanelLinear() = default;
  /// The projections, of the same input, stand side by side; they are fp32, and an adapter of theirs is none of the panels. `type` is what is multiplied:
  /// kFloat, or kBFloat16 with sums in fp32. Throws c10::Error on shapes that do not fit.
  PanelLinear(const std::vector<Projection>& sides, at::ScalarType type);

  /// x [N, in] of that type → [N, out] of the same. `next` is the layer that will be computed after this one, whose first panels are fetched.
  at::Tensor operator()(const at::Tensor& x, const PanelLinear* next = nullptr) const;

 private:
  /// x [rows, stride] → y [rows, out]
  template <typename T>
  void multiply(const T* x, int64_t rows, int64_t stride, const PanelLinear* next, T* y) const;
  /// The panel that a thread begins with.
  const char* firstOf(int thread) const;
  int64_t panelBytes() const { return panels_.stride(0) * panels_.element_size(); }

  int64_t in_ = 0, out_ = 0;
  at::Tensor panels_;  // [panels, in (rounded up to even), kColumns]; bf16 keeps two steps of a column together
  at::Tensor bias_;     // [out], undefined where no side has one
};

}  // namespace whetstone
