#pragma once
#include <bit>
#include <cstdint>

namespace whetstone {

/// bfloat16 by bits, for loops that must vectorise; to the nearest, ties to even.
struct Bf16 {
  uint16_t bits;
  Bf16() = default;
  Bf16(float value) {
    const auto u = std::bit_cast<uint32_t>(value);
    bits = static_cast<uint16_t>((u + 0x7fff + ((u >> 16) & 1)) >> 16);
  }
  operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }
};

}  // namespace whetstone
