#pragma once
#include <bit>
#include <cstdint>

namespace whetstone {

/// bfloat16 as its bits: loops over a struct of them would not vectorise.
enum class Bf16 : uint16_t {};

inline float asFloat(float value) { return value; }
inline float asFloat(Bf16 value) {
  return std::bit_cast<float>(static_cast<uint32_t>(static_cast<uint16_t>(value)) << 16);
}

/// To the nearest, ties to even.
template <typename T>
inline T fromFloat(float value);
template <>
inline float fromFloat<float>(float value) {
  return value;
}
template <>
inline Bf16 fromFloat<Bf16>(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  // Rounding could carry a NaN over into a zero or an infinity.
  return static_cast<Bf16>(static_cast<uint16_t>(value != value ? 0x7fc0 : rounded));
}

}  // namespace whetstone
