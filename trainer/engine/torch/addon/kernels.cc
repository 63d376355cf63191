#include <ATen/ATen.h>

#include "tensors.h"

// TensorFlow.js' kernels, one function each: slots and plain attributes in, a slot out.

namespace whetstone {

namespace {

template <at::Tensor (*op)(const at::Tensor&, const at::Tensor&)>
napi_value binary(Args& args) {
  return args.slot(op(args.tensor(0), args.tensor(1)));
}

at::Tensor add(const at::Tensor& a, const at::Tensor& b) { return at::add(a, b); }

/// reshape(slot, shape) → slot; shares storage.
napi_value reshape(Args& args) { return args.slot(args.tensor(0).reshape(args.integers(1))); }

}  // namespace

void defineKernels(napi_env env, napi_value exports) {
  define(env, exports, "add", binary<add>);
  define(env, exports, "reshape", reshape);
}

}  // namespace whetstone
