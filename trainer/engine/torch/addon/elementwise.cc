#include <ATen/ATen.h>

#include "activations.h"
#include "results.h"
#include "tensors.h"

// What computes each element from the elements at the same place: arithmetic, comparisons, activations.

namespace whetstone {

namespace {

using Unary = at::Tensor (*)(const at::Tensor&);
using Binary = at::Tensor (*)(const at::Tensor&, const at::Tensor&);

/// name(x) → slot of x's dtype
template <Unary op>
napi_value unary(Args& args) {
  const at::Tensor& x = args.tensor(0);
  return args.slot(as(x.scalar_type(), op(x)));
}

/// name(x) → slot of the dtype that libtorch gives it: booleans, of exp float32
template <Unary op>
napi_value plainUnary(Args& args) {
  return args.slot(op(args.tensor(0)));
}

/// name(a, b) → slot of a's dtype; the two broadcast.
template <Binary op>
napi_value binary(Args& args) {
  const at::Tensor& a = args.tensor(0);
  return args.slot(as(a.scalar_type(), op(a, args.tensor(1))));
}

/// name(a, b) → slot of the dtype that libtorch gives it
template <Binary op>
napi_value plainBinary(Args& args) {
  return args.slot(op(args.tensor(0), args.tensor(1)));
}

// TensorFlow.js takes a boolean for the number 0 or 1; libtorch has no arithmetic on booleans.
at::Tensor number(const at::Tensor& x) { return x.scalar_type() == at::kBool ? x.to(at::kInt) : x; }

at::Tensor add(const at::Tensor& a, const at::Tensor& b) { return at::add(a, b); }
at::Tensor sub(const at::Tensor& a, const at::Tensor& b) { return at::sub(number(a), number(b)); }
at::Tensor floorDiv(const at::Tensor& a, const at::Tensor& b) { return at::div(a, b, "floor").to(at::kInt); }
at::Tensor mod(const at::Tensor& a, const at::Tensor& b) { return at::remainder(number(a), number(b)); }
at::Tensor pow(const at::Tensor& a, const at::Tensor& b) { return at::pow(number(a), number(b)); }
at::Tensor squaredDifference(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor difference = at::sub(number(a), number(b));
  return at::mul(difference, difference);
}
at::Tensor prelu(const at::Tensor& x, const at::Tensor& alpha) {
  return at::where(x < 0, alpha * x, x).to(at::kFloat);
}
at::Tensor eluGrad(const at::Tensor& dy, const at::Tensor& y) { return at::where(y < 0, dy * (y + 1), dy); }

at::Tensor abs(const at::Tensor& x) { return x.scalar_type() == at::kBool ? x : at::abs(x); }
at::Tensor neg(const at::Tensor& x) { return at::neg(number(x)); }
at::Tensor square(const at::Tensor& x) { return at::mul(x, x); }
at::Tensor relu6(const at::Tensor& x) { return at::clamp(number(x), 0, 6); }
at::Tensor relu(const at::Tensor& x) { return at::relu(number(x)); }
at::Tensor elu(const at::Tensor& x) { return at::elu(x); }
at::Tensor softplus(const at::Tensor& x) { return at::softplus(x); }

at::Tensor leaky(const at::Tensor& x, double alpha) { return at::where(x < 0, x * alpha, x); }

/// leakyRelu(x, alpha) → slot
napi_value leakyRelu(Args& args) { return args.slot(leaky(args.tensor(0).to(at::kFloat), args.number(1))); }

/// step(x, alpha) → slot: 1 where x > 0, else alpha; NaN where x is NaN
napi_value step(Args& args) {
  const at::Tensor& x = args.tensor(0);
  const at::Tensor steps = at::where(x > 0, at::scalar_tensor(1, x.options()), args.number(1));
  return args.slot(as(x.scalar_type(), x.is_floating_point() ? at::where(at::isnan(x), x, steps) : steps));
}

/// clip(x, min, max) → slot
napi_value clip(Args& args) {
  const at::Tensor& x = args.tensor(0);
  return args.slot(as(x.scalar_type(), at::clamp(number(x), args.number(1), args.number(2))));
}

/// addN(slots) → slot
napi_value addN(Args& args) {
  const auto terms = args.tensors(0);
  at::Tensor sum = terms.at(0).clone();
  for (size_t i = 1; i < terms.size(); i++) sum.add_(terms[i]);
  return args.slot(sum);
}

/// select(condition, t, e) → slot; a condition of rank 1 chooses whole rows.
napi_value select(Args& args) {
  at::Tensor condition = args.tensor(0).to(at::kBool);
  const at::Tensor& t = args.tensor(1);
  if (condition.dim() == 1) {
    for (int64_t i = 1; i < t.dim(); i++) condition = condition.unsqueeze(-1);
  }
  return args.slot(at::where(condition, t, args.tensor(2)));
}

/// cast(x, dtype) → slot
napi_value cast(Args& args) {
  const at::Tensor& x = args.tensor(0);
  const at::ScalarType type = typeOf(args.string(1));
  if (x.is_complex() && type != at::kComplexFloat) return args.slot(at::real(x).to(type, false, /*copy=*/true));
  if (type == at::kInt && x.is_floating_point()) return args.slot(at::nan_to_num(x, 0.0).to(type));
  return args.slot(x.to(type));
}

struct Entry {
  const char* name;
  Function function;
};

const Entry kEntries[] = {
    {"abs", unary<abs>},
    {"acos", unary<at::acos>},
    {"acosh", unary<at::acosh>},
    {"asin", unary<at::asin>},
    {"asinh", unary<at::asinh>},
    {"atan", unary<at::atan>},
    {"atanh", unary<at::atanh>},
    {"ceil", unary<at::ceil>},
    {"cos", unary<at::cos>},
    {"cosh", unary<at::cosh>},
    {"elu", unary<elu>},
    {"erf", unary<at::erf>},
    {"exp", plainUnary<at::exp>},
    {"expm1", unary<at::expm1>},
    {"floor", unary<at::floor>},
    {"log", unary<at::log>},
    {"log1p", unary<at::log1p>},
    {"neg", unary<neg>},
    {"reciprocal", unary<at::reciprocal>},
    {"relu", unary<relu>},
    {"relu6", unary<relu6>},
    {"round", unary<at::round>},
    {"rsqrt", unary<at::rsqrt>},
    {"selu", unary<at::selu>},
    {"sigmoid", unary<at::sigmoid>},
    {"sign", unary<at::sign>},
    {"sin", unary<at::sin>},
    {"sinh", unary<at::sinh>},
    {"softplus", unary<softplus>},
    {"sqrt", unary<at::sqrt>},
    {"square", unary<square>},
    {"tan", unary<at::tan>},
    {"tanh", unary<at::tanh>},
    {"isFinite", plainUnary<at::isfinite>},
    {"isInf", plainUnary<at::isinf>},
    {"isNan", plainUnary<at::isnan>},
    {"logicalNot", plainUnary<at::logical_not>},
    {"add", binary<add>},
    {"sub", binary<sub>},
    {"mul", binary<at::mul>},
    {"div", binary<at::div>},
    {"floorDiv", plainBinary<floorDiv>},
    {"mod", binary<mod>},
    {"pow", binary<pow>},
    {"maximum", binary<at::maximum>},
    {"minimum", binary<at::minimum>},
    {"squaredDifference", binary<squaredDifference>},
    {"atan2", binary<at::atan2>},
    {"bitwiseAnd", binary<at::bitwise_and>},
    {"prelu", plainBinary<prelu>},
    {"eluGrad", binary<eluGrad>},
    {"equal", plainBinary<at::eq>},
    {"notEqual", plainBinary<at::ne>},
    {"less", plainBinary<at::lt>},
    {"lessEqual", plainBinary<at::le>},
    {"greater", plainBinary<at::gt>},
    {"greaterEqual", plainBinary<at::ge>},
    {"logicalAnd", plainBinary<at::logical_and>},
    {"logicalOr", plainBinary<at::logical_or>},
    {"leakyRelu", leakyRelu},
    {"step", step},
    {"clip", clip},
    {"addN", addN},
    {"select", select},
    {"cast", cast},
};

}  // namespace

at::Tensor activate(const std::string& name, const at::Tensor& x, const at::Tensor& weights, double leak) {
  if (name == "linear") return x;
  if (name == "relu") return at::relu(x);
  if (name == "relu6") return at::relu6(x);
  if (name == "elu") return at::elu(x);
  if (name == "sigmoid") return at::sigmoid(x);
  if (name == "prelu") return whetstone::prelu(x, weights);
  if (name == "leakyrelu") return leaky(x, leak);
  throw std::invalid_argument("no activation is called " + name);
}

void defineElementwise(napi_env env, napi_value exports) {
  for (const Entry& entry : kEntries) define(env, exports, entry.name, entry.function);
}

}  // namespace whetstone
