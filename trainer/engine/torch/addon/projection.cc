#include "projection.h"

#include <torch/csrc/autograd/custom_function.h>

#include "linear.h"
#include "loops.h"

namespace whetstone {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// y with factor · a [N, rank] · b [rank, out] added in place.
void addProduct(at::Tensor& y, const at::Tensor& a, const at::Tensor& b, double factor) { y.addmm_(a, b, 1, factor); }

/// A layer whose weight and bias are constants: only x and the adapter (loraA and loraB, or neither) have gradients.
struct Frozen : torch::autograd::Function<Frozen> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Optional& loraA, const Optional& loraB,
                            const Projection& base, double scale) {
    // Behind the tape's back, so that the product is the one of a layer that learns.
    at::Tensor y = recordedAffine(x, base.weight, given(base.bias));
    context->saved_data["weight"] = base.weight;
    context->saved_data["scale"] = scale;
    context->saved_data["type"] = static_cast<int64_t>(x.scalar_type());
    if (!loraA) return y;
    const auto type = x.scalar_type();
    const at::Tensor a = loraA->to(type);
    const at::Tensor b = loraB->to(type);
    const at::Tensor inner = affine(x, a.t());  // [N, rank]
    addProduct(y, inner, b.t(), scale);
    context->save_for_backward({x, inner, a, b});
    return y;
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const double scale = context->saved_data["scale"].toDouble();
    const auto type = static_cast<at::ScalarType>(context->saved_data["type"].toInt());
    const at::Tensor& dy = outputs[0];
    at::Tensor dx, dA, dB;
    const bool wantsX = context->needs_input_grad(0);
    if (wantsX) dx = affine(dy, context->saved_data["weight"].toTensor().to(type).t());
    if (!saved.empty()) {
      const at::Tensor& x = saved[0];
      const at::Tensor dInner = affine(dy, saved[3]);  // [N, rank], without the scale
      dB = affine(dy.t(), saved[1]).to(at::kFloat).mul_(scale);
      dA = affine(dInner.t(), x).to(at::kFloat).mul_(scale);
      if (wantsX) addProduct(dx, dInner, saved[2], scale);
    }
    return {dx, dA, dB, {}, {}};
  }
};

}  // namespace

at::Tensor project(const at::Tensor& x, const Projection& projection, double scale) {
  const bool frozen = at::GradMode::is_enabled() && !projection.weight.requires_grad();
  if (!projection.loraA.defined() && !frozen) return recordedAffine(x, projection.weight, given(projection.bias));
  return Frozen::apply(x, given(projection.loraA), given(projection.loraB), projection, scale);
}

}  // namespace whetstone
