#include <ATen/ATen.h>

#include "results.h"
#include "tensors.h"

// TensorFlow.js' complex64: pairs of a real and an imaginary number. Where JavaScript hands them over they are floats.

namespace whetstone {

namespace {

template <at::Tensor (*op)(const at::Tensor&)>
napi_value each(Args& args) {
  return args.slot(op(args.tensor(0)));
}

/// [..., 2] of floats → [...]
at::Tensor fromPairs(const at::Tensor& pairs) { return at::view_as_complex(pairs); }
/// [...] → [..., 2] of floats
at::Tensor toPairs(const at::Tensor& x) { return at::view_as_real(x.resolve_conj()); }
at::Tensor real(const at::Tensor& x) { return at::real(x).contiguous(); }
at::Tensor imaginary(const at::Tensor& x) { return at::imag(x).contiguous(); }

at::Tensor magnitude(const at::Tensor& x) { return at::abs(x); }

/// Along the last axis.
at::Tensor fourier(const at::Tensor& x) { return at::fft_fft(x); }
at::Tensor inverseFourier(const at::Tensor& x) { return at::fft_ifft(x); }

/// complex(real, imaginary) → slot
napi_value complex(Args& args) { return args.slot(at::complex(args.tensor(0), args.tensor(1))); }

}  // namespace

void defineComplex(napi_env env, napi_value exports) {
  define(env, exports, "complex", complex);
  define(env, exports, "fromPairs", each<fromPairs>);
  define(env, exports, "toPairs", each<toPairs>);
  define(env, exports, "real", each<real>);
  define(env, exports, "imaginary", each<imaginary>);
  define(env, exports, "magnitude", each<magnitude>);
  define(env, exports, "fourier", each<fourier>);
  define(env, exports, "inverseFourier", each<inverseFourier>);
}

}  // namespace whetstone
