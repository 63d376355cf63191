#pragma once
#include <bit>
#include <cmath>
#include <cstdint>

// Exponentials without branches or calls, so that the compiler keeps a loop over them in vector registers.

namespace whetstone {

/// e^x within 2 ulp for x in [−87, 88], clamped outside: a weight of e^−87 counts as nothing.
__attribute__((always_inline)) inline float fastExp(float x) {
  x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  const float n = std::nearbyint(x * 1.44269504f);
  const float r = std::fma(n, 2.12194440e-4f, std::fma(n, -0.693359375f, x));
  float p = 1.0f / 5040;
  p = std::fma(p, r, 1.0f / 720);
  p = std::fma(p, r, 1.0f / 120);
  p = std::fma(p, r, 1.0f / 24);
  p = std::fma(p, r, 1.0f / 6);
  p = std::fma(p, r, 0.5f);
  p = std::fma(p, r, 1.0f);
  p = std::fma(p, r, 1.0f);
  return p * std::bit_cast<float>((static_cast<int32_t>(n) + 127) << 23);
}

/// e^x within 2 ulp for x in [−708, 709], 0 below.
__attribute__((always_inline)) inline double fastExp(double x) {
  const bool tiny = x < -708.0;
  x = tiny ? -708.0 : x > 709.0 ? 709.0 : x;
  const double n = std::nearbyint(x * 1.4426950408889634);
  const double r = std::fma(n, -1.90821492927058770002e-10, std::fma(n, -6.93147180369123816490e-01, x));
  double p = 1.0 / 479001600 / 13;
  p = std::fma(p, r, 1.0 / 479001600);
  p = std::fma(p, r, 1.0 / 39916800);
  p = std::fma(p, r, 1.0 / 3628800);
  p = std::fma(p, r, 1.0 / 362880);
  p = std::fma(p, r, 1.0 / 40320);
  p = std::fma(p, r, 1.0 / 5040);
  p = std::fma(p, r, 1.0 / 720);
  p = std::fma(p, r, 1.0 / 120);
  p = std::fma(p, r, 1.0 / 24);
  p = std::fma(p, r, 1.0 / 6);
  p = std::fma(p, r, 0.5);
  p = std::fma(p, r, 1.0);
  p = std::fma(p, r, 1.0);
  const double scale = std::bit_cast<double>((static_cast<int64_t>(n) + 1023) << 52);
  return tiny ? 0.0 : p * scale;
}

}  // namespace whetstone
