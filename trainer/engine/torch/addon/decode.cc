#include "tensors.h"

namespace whetstone {

void defineDecode(napi_env, napi_value) {}

}  // namespace whetstone
