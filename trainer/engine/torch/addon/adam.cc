#include "tensors.h"

namespace whetstone {

void defineAdam(napi_env, napi_value) {}

}  // namespace whetstone
