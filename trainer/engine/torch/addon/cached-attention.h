#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "lanes.h"
#include "simd.h"

// One token's attention to the places of its row in the cache: what decode-cpu.cc computes for a row and a head of keys.

namespace whetstone {

/// How many places, or numbers of a head, attention computes at once.
constexpr int kBlock = 2 * kLanes;

/// The last of `seen` places attends to all of them: kGroup queries [kGroup, headDim] that share their keys [headDim, places] and values
/// [places, headDim]; scores [kGroup, places] is room to work in. The size of a head is known to the compiler where it is a usual one (kHeadDim; 0:
/// `headDim`), and loops run over a block of places or a part of a head, so that sums stay in registers.
template <typename T, int kHeadDim, int kGroup>
void attendGroup(const float* queries, const T* keys, const T* values, int64_t seen, int64_t places, int64_t anyHeadDim, float* scores,
                 T* out) {
  const int64_t headDim = kHeadDim > 0 ? kHeadDim : anyHeadDim;
  const float scale = 1.0f / std::sqrt(static_cast<float>(headDim));
  for (int64_t begin = 0; begin < seen; begin += kBlock) {
    Lanes sums[kGroup][2] = {};
    for (int64_t i = 0; i < headDim; i++) {
      const T* key = keys + i * places + begin;
      const Lanes near = loadLanes(key), far = loadLanes(key + kLanes);
#pragma GCC unroll 4
      for (int g = 0; g < kGroup; g++) {
        sums[g][0] += near * queries[g * headDim + i];
        sums[g][1] += far * queries[g * headDim + i];
      }
    }
    for (int g = 0; g < kGroup; g++) {
      for (int half = 0; half < 2; half++) {
        const Lanes scaled = sums[g][half] * scale;
        std::memcpy(scores + g * places + begin + half * kLanes, &scaled, sizeof scaled);
      }
    }
  }
  for (int g = 0; g < kGroup; g++) {
    float* own = scores + g * places;
    float highest = own[0];
#pragma omp simd reduction(max : highest)
    for (int64_t place = 0; place < seen; place++) highest = own[place] > highest ? own[place] : highest;
    float total = 0;
#pragma omp simd reduction(+ : total)
    for (int64_t place = 0; place < seen; place++) {
      own[place] = fastExp(own[place] - highest);
      total += own[place];
    }
    const float inverse = 1.0f / total;
    for (int64_t place = 0; place < seen; place++) own[place] *= inverse;
  }
  int64_t done = 0;
  for (; done + kBlock <= headDim; done += kBlock) {
    Lanes sums[kGroup][2] = {};
    for (int64_t place = 0; place < seen; place++) {
      const T* value = values + place * headDim + done;
      const Lanes near = loadLanes(value), far = loadLanes(value + kLanes);
#pragma GCC unroll 4
      for (int g = 0; g < kGroup; g++) {
        sums[g][0] += near * scores[g * places + place];
        sums[g][1] += far * scores[g * places + place];
      }
    }
    for (int g = 0; g < kGroup; g++) {
      for (int i = 0; i < kBlock; i++) out[g * headDim + done + i] = fromFloat<T>(sums[g][i / kLanes][i % kLanes]);
    }
  }
  for (; done < headDim; done++) {
    for (int g = 0; g < kGroup; g++) {
      float sum = 0;
      for (int64_t place = 0; place < seen; place++) sum += scores[g * places + place] * asFloat(values[place * headDim + done]);
      out[g * headDim + done] = fromFloat<T>(sum);
    }
  }
}

template <typename T>
using AttendGroup = void (*)(const float*, const T*, const T*, int64_t, int64_t, int64_t, float*, T*);

template <typename T, int kGroup>
AttendGroup<T> attendGroupFor(int64_t headDim) {
  if (headDim == 32) return attendGroup<T, 32, kGroup>;
  if (headDim == 64) return attendGroup<T, 64, kGroup>;
  if (headDim == 128) return attendGroup<T, 128, kGroup>;
  return attendGroup<T, 0, kGroup>;
}

/// The queries that share keys, so many at a time.
constexpr int kMostTogether = 4;

template <typename T>
std::array<AttendGroup<T>, kMostTogether> attendGroupsFor(int64_t headDim) {
  return {attendGroupFor<T, 1>(headDim), attendGroupFor<T, 2>(headDim), attendGroupFor<T, 3>(headDim), attendGroupFor<T, 4>(headDim)};
}

/// Turns one head by its position's angles.
template <typename T>
void rotateInto(const T* in, const float* cos, const float* sin, int64_t headDim, float* out) {
  const int64_t half = headDim / 2;
  if (cos == nullptr) {
    for (int64_t i = 0; i < headDim; i++) out[i] = asFloat(in[i]);
    return;
  }
#pragma omp simd
  for (int64_t i = 0; i < half; i++) {
    const float a = asFloat(in[i]);
    const float b = asFloat(in[i + half]);
    out[i] = a * cos[i] - b * sin[i];
    out[i + half] = b * cos[i] + a * sin[i];
  }
}

}  // namespace whetstone
