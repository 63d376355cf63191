#include <cmath>

#include "tensors.h"

namespace whetstone {

namespace {

/// adam(parameters, gradients, first, second: slots; decays: 0 | 1 each; tensorflowForm, beta1, beta2, epsilon, weightDecay, learningRate, step)
/// Changes parameters and moments in place, by libtorch's fused AdamW (Loshchilov & Hutter 2019). TensorFlow's form,
/// lr·√(1 − β2ᵗ)/(1 − β1ᵗ) · m/(√v + ε), is PyTorch's with ε / √(1 − β2ᵗ) for ε.
napi_value adam(Args& args) {
  const auto parameters = args.tensors(0);
  const auto gradients = args.tensors(1);
  const auto first = args.tensors(2);
  const auto second = args.tensors(3);
  const auto decays = args.integers(4);
  const double beta2 = args.number(7);
  const double step = args.number(11);
  const double epsilon = args.boolean(5) ? args.number(8) / std::sqrt(1 - std::pow(beta2, step)) : args.number(8);
  for (const int64_t group : {0, 1}) {
    std::vector<at::Tensor> p, g, m, v;
    for (size_t i = 0; i < parameters.size(); i++) {
      if (decays[i] != group) continue;
      p.push_back(parameters[i]);
      g.push_back(gradients[i].contiguous());
      m.push_back(first[i]);
      v.push_back(second[i]);
    }
    if (p.empty()) continue;
    const std::vector<at::Tensor> steps(p.size(), at::full({}, step, m[0].options()));
    at::_fused_adamw_(p, g, m, v, /*max_exp_avg_sqs=*/{}, steps, args.number(10), args.number(6), beta2,
                      group == 1 ? args.number(9) : 0.0, epsilon, /*amsgrad=*/false, /*maximize=*/false);
  }
  return args.undefined();
}

/// globalNorm(slots) → √Σ x² over all their elements
napi_value globalNorm(Args& args) {
  std::vector<at::Tensor> norms;
  for (const at::Tensor& tensor : args.tensors(0)) norms.push_back(at::linalg_vector_norm(tensor));
  if (norms.empty()) return args.fromNumber(0);
  return args.fromNumber(at::linalg_vector_norm(at::stack(norms).to(at::kDouble)).item<double>());
}

/// own(slot): gives the slot a tensor of its own where others share its memory, so that it may be changed in place.
napi_value own(Args& args) {
  const at::Tensor& tensor = args.tensor(0);
  // Two slots may hold one tensor (a slice of all of it is that tensor), or two tensors one memory.
  if (tensor.use_count() > 1 || tensor.storage().use_count() > 1 || !tensor.is_contiguous()) {
    replace(static_cast<int32_t>(args.integer(0)), tensor.clone(at::MemoryFormat::Contiguous));
  }
  return args.undefined();
}

napi_value copy(Args& args) { return args.slot(args.tensor(0).clone(at::MemoryFormat::Contiguous)); }

}  // namespace

void defineAdam(napi_env env, napi_value exports) {
  define(env, exports, "adam", adam);
  define(env, exports, "globalNorm", globalNorm);
  define(env, exports, "own", own);
  define(env, exports, "copy", copy);
}

}  // namespace whetstone
