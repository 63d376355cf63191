#pragma once
#include <ATen/ATen.h>

#include <string>

namespace whetstone {

/// TensorFlow.js' activation of that name: linear, relu, relu6, elu, sigmoid, prelu (with its weights) or leakyrelu.
at::Tensor activate(const std::string& name, const at::Tensor& x, const at::Tensor& weights, double leak);

}  // namespace whetstone
