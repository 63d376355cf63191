#include "sampling.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "simd.h"

namespace whetstone {

namespace {

double sumOf(const std::vector<double>& weights) {
  double total = 0;
#pragma omp simd reduction(+ : total)
  for (size_t v = 0; v < weights.size(); v++) total += weights[v];
  return total;
}

/// Zeroes all weights below the k-th.
void keepTopK(std::vector<double>& weights, int64_t k) {
  std::vector<double> sorted(weights);
  std::nth_element(sorted.begin(), sorted.begin() + (k - 1), sorted.end(), std::greater<>());
  const double threshold = sorted[k - 1];
  for (double& weight : weights) weight = weight < threshold ? 0.0 : weight;
}

/// Keeps the smallest set of likeliest tokens whose sum reaches p·total (at least one); returns its sum.
double keepTopP(std::vector<double>& weights, double total, double p) {
  std::vector<int32_t> order(weights.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](int32_t a, int32_t b) { return weights[a] != weights[b] ? weights[a] > weights[b] : a < b; });
  size_t kept = 0;
  double sum = 0;
  while (kept < order.size() && (kept == 0 || sum < p * total)) sum += weights[order[kept++]];
  for (size_t i = kept; i < order.size(); i++) weights[order[i]] = 0;
  return sum;
}

/// The first token at which the running sum passes `target`.
int32_t walkTo(const std::vector<double>& weights, double target, int32_t best) {
  constexpr size_t kBlock = 64;
  double before = 0;
  for (size_t from = 0; from < weights.size(); from += kBlock) {
    const size_t to = std::min(weights.size(), from + kBlock);
    double block = 0;
#pragma omp simd reduction(+ : block)
    for (size_t v = from; v < to; v++) block += weights[v];
    if (before + block > target) {
      double sum = before;
      size_t last = from;
      for (size_t v = from; v < to; v++) {
        sum += weights[v];
        if (weights[v] > 0) last = v;
        if (sum > target) return static_cast<int32_t>(v);
      }
      // The two sums may differ in their last bit.
      return static_cast<int32_t>(last);
    }
    before += block;
  }
  return best;
}

}  // namespace

bool drawToken(const float* logits, int64_t size, const Sampler& sampler, double uniform, std::vector<double>& weights,
               Drawn& drawn) {
  float highest = logits[0];
  float apart = 0;  // NaN as soon as one of them is not finite
#pragma omp simd reduction(max : highest) reduction(+ : apart)
  for (int64_t v = 0; v < size; v++) {
    highest = logits[v] > highest ? logits[v] : highest;
    apart += logits[v] - logits[v];
  }
  if (!std::isfinite(apart)) return false;
  const auto best = static_cast<int32_t>(std::find(logits, logits + size, highest) - logits);
  if (sampler.temperature == 0) {
    drawn = {best, 0.0};
    return true;
  }
  weights.resize(size);
  double* data = weights.data();
  double total = 0;
#pragma omp simd reduction(+ : total)
  for (int64_t v = 0; v < size; v++) {
    data[v] = fastExp((static_cast<double>(logits[v]) - highest) / sampler.temperature);
    total += data[v];
  }
  if (sampler.topK > 0 && sampler.topK < size) {
    keepTopK(weights, sampler.topK);
    total = sumOf(weights);
  }
  if (sampler.topP < 1) total = keepTopP(weights, total, sampler.topP);
  drawn.token = walkTo(weights, uniform * total, best);
  drawn.logProb = std::log(weights[drawn.token] / total);
  return true;
}

}  // namespace whetstone
