#include "linear.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>

namespace whetstone {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

using LinearPointwise = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                                   std::string_view, c10::List<std::optional<at::Scalar>>,
                                   std::optional<std::string_view>);

// x [M, K], weight [N, K] → x · weightᵀ (+ bias). Absent in a libtorch without oneDNN.
const std::optional<c10::TypedOperatorHandle<LinearPointwise>>& oneDnnLinear() {
  static const auto found = [] {
    auto handle = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    return handle && at::hasMKLDNN() ? std::optional(handle->typed<LinearPointwise>()) : std::nullopt;
  }();
  return found;
}

at::Tensor product(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  return oneDnnLinear()->call(x, weight, bias, "none", c10::List<std::optional<at::Scalar>>(), "");
}

/// weight [N, K], contiguous, in oneDNN's own layout for products of that many rows; nothing where libtorch or the processor has none.
std::optional<at::Tensor> reordered(const at::Tensor& weight, int64_t rows) {
  static const auto reorder = c10::Dispatcher::singleton().findSchema({"mkldnn::_reorder_linear_weight", ""});
  if (!weight.is_cpu() || !oneDnnLinear() || !reorder) return std::nullopt;
  try {
    return reorder->typed<at::Tensor(const at::Tensor&, std::optional<int64_t>)>().call(weight, rows);
  } catch (const c10::Error&) {
    return std::nullopt;
  }
}

/// Whether oneDNN multiplies packed bf16 here, which not every processor has the instructions for; asked once, with a small product.
bool hasBf16Products() {
  static const bool has = [] {
    const at::Tensor x = at::zeros({16, 64}, at::TensorOptions(at::kBFloat16));
    const auto weight = reordered(x, 16);
    if (!weight) return false;
    try {
      product(x, *weight, std::nullopt);
      return true;
    } catch (const std::exception&) {  // libtorch's and oneDNN's own errors have no nearer base
      return false;
    }
  }();
  return has;
}

struct Linear : torch::autograd::Function<Linear> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias) {
    const at::Tensor own = weight.to(x.scalar_type());
    context->save_for_backward({x, own});
    context->saved_data["biased"] = bias.has_value();
    return affine(x, own, bias ? std::optional(bias->to(x.scalar_type())) : std::nullopt);
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    const at::Tensor& x = saved[0];
    const at::Tensor& weight = saved[1];
    const at::Tensor& dy = outputs[0];
    at::Tensor dx, dWeight, dBias;
    if (context->needs_input_grad(0)) dx = affine(dy, weight.t());
    // In the weight's own layout, so that the transpose of a Hugging Face [out, in] weight is not copied on its way back.
    if (weight.stride(1) == 1) {
      dWeight = affine(x.t(), dy).to(at::kFloat);
    } else {
      dWeight = affine(dy.t(), x).to(at::kFloat).t();
    }
    if (context->saved_data["biased"].toBool()) dBias = dy.sum(0, false, at::kFloat);
    return {dx, dWeight, dBias};
  }
};

}  // namespace

at::Tensor affine(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  if (x.is_cpu() && x.scalar_type() == at::kFloat && oneDnnLinear()) {
    return product(x, weight.t(), bias);
  }
  return bias ? at::addmm(*bias, x, weight) : at::mm(x, weight);
}

at::Tensor recordedAffine(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  return Linear::apply(x, weight, bias);
}

PackedLinear::PackedLinear(const at::Tensor& weight, const at::Tensor& bias, at::ScalarType type, int64_t rows) {
  if (bias.defined()) bias_ = bias.to(type);
  if (type == at::kFloat || hasBf16Products()) packed_ = reordered(weight.detach().t().to(type).contiguous(), rows);
  if (!packed_) weight_ = weight.to(type);
}

at::Tensor PackedLinear::operator()(const at::Tensor& x) const {
  return packed_ ? product(x, *packed_, bias_) : affine(x, weight_, bias_);
}

}  // namespace whetstone
