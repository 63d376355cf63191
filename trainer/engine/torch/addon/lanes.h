#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

#include "bf16.h"

// A register of fp32 numbers, by the compiler's vector types: any processor, and sums that surely stay in registers.

namespace whetstone {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

typedef float Lanes __attribute__((vector_size(kLanes * 4)));
typedef uint32_t LaneBits __attribute__((vector_size(kLanes * 4)));

__attribute__((always_inline)) inline Lanes loadLanes(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof lanes);
  return lanes;
}

__attribute__((always_inline)) inline Lanes loadLanes(const Bf16* from) {
  typedef uint16_t Halves __attribute__((vector_size(kLanes * 2)));
  Halves halves;
  std::memcpy(&halves, from, sizeof halves);
  return (Lanes)(__builtin_convertvector(halves, LaneBits) << 16);
}

}  // namespace whetstone
