import * as tf from '@tensorflow/tfjs-core'
import type { BinaryName, UnaryName } from '../addon.ts'
import { identity, register } from './register.ts'

const unary: Record<string, UnaryName> = {
  Abs: 'abs',
  Acos: 'acos',
  Acosh: 'acosh',
  Asin: 'asin',
  Asinh: 'asinh',
  Atan: 'atan',
  Atanh: 'atanh',
  Ceil: 'ceil',
  Cos: 'cos',
  Cosh: 'cosh',
  Elu: 'elu',
  Erf: 'erf',
  Expm1: 'expm1',
  Floor: 'floor',
  Log: 'log',
  Log1p: 'log1p',
  Neg: 'neg',
  Reciprocal: 'reciprocal',
  Relu: 'relu',
  Relu6: 'relu6',
  Round: 'round',
  Rsqrt: 'rsqrt',
  Selu: 'selu',
  Sigmoid: 'sigmoid',
  Sign: 'sign',
  Sin: 'sin',
  Sinh: 'sinh',
  Softplus: 'softplus',
  Sqrt: 'sqrt',
  Square: 'square',
  Tan: 'tan',
  Tanh: 'tanh',
}

const predicates: Record<string, UnaryName> = {
  IsFinite: 'isFinite',
  IsInf: 'isInf',
  IsNan: 'isNan',
  LogicalNot: 'logicalNot',
}

const binary: Record<string, BinaryName> = {
  Add: 'add',
  Atan2: 'atan2',
  BitwiseAnd: 'bitwiseAnd',
  Maximum: 'maximum',
  Minimum: 'minimum',
  Mod: 'mod',
  Multiply: 'mul',
  Pow: 'pow',
  RealDiv: 'div',
  SquaredDifference: 'squaredDifference',
  Sub: 'sub',
}

const comparisons: Record<string, BinaryName> = {
  Equal: 'equal',
  Greater: 'greater',
  GreaterEqual: 'greaterEqual',
  Less: 'less',
  LessEqual: 'lessEqual',
  LogicalAnd: 'logicalAnd',
  LogicalOr: 'logicalOr',
  NotEqual: 'notEqual',
}

for (const [kernel, name] of Object.entries(unary)) {
  register(kernel, ({ x }, backend) =>
    backend.output(backend.addon[name](backend.slot(x!)), x!.shape, x!.dtype),
  )
}

for (const [kernel, name] of Object.entries(predicates)) {
  register(kernel, ({ x }, backend) =>
    backend.output(backend.addon[name](backend.slot(x!)), x!.shape, 'bool'),
  )
}

for (const [kernel, name] of Object.entries(binary)) {
  register(kernel, ({ a, b }, backend) =>
    backend.output(
      backend.addon[name](backend.slot(a!), backend.slot(b!)),
      broadcastShape(a!.shape, b!.shape),
      a!.dtype,
    ),
  )
}

for (const [kernel, name] of Object.entries(comparisons)) {
  register(kernel, ({ a, b }, backend) =>
    backend.output(
      backend.addon[name](backend.slot(a!), backend.slot(b!)),
      broadcastShape(a!.shape, b!.shape),
      'bool',
    ),
  )
}

register('Exp', ({ x }, backend) => backend.output(backend.addon.exp(backend.slot(x!)), x!.shape, 'float32'))

register('FloorDiv', ({ a, b }, backend) =>
  backend.output(
    backend.addon.floorDiv(backend.slot(a!), backend.slot(b!)),
    broadcastShape(a!.shape, b!.shape),
    'int32',
  ),
)

register('Prelu', ({ x, alpha }, backend) =>
  backend.output(
    backend.addon.prelu(backend.slot(x!), backend.slot(alpha!)),
    broadcastShape(x!.shape, alpha!.shape),
    'float32',
  ),
)

register('EluGrad', ({ dy, y }, backend) =>
  backend.output(backend.addon.eluGrad(backend.slot(dy!), backend.slot(y!)), y!.shape, 'float32'),
)

register('LeakyRelu', ({ x }, backend, { alpha }) =>
  backend.output(backend.addon.leakyRelu(backend.slot(x!), alpha), x!.shape, 'float32'),
)

register('Step', ({ x }, backend, { alpha }) =>
  backend.output(backend.addon.step(backend.slot(x!), alpha), x!.shape, x!.dtype),
)

register('ClipByValue', ({ x }, backend, { clipValueMin, clipValueMax }) =>
  backend.output(backend.addon.clip(backend.slot(x!), clipValueMin, clipValueMax), x!.shape, x!.dtype),
)

register('AddN', (inputs, backend) => {
  const terms = Object.values(inputs)
  const { shape, dtype } = terms[0]!
  return backend.output(backend.addon.addN(terms.map((term) => backend.slot(term))), shape, dtype)
})

register('Select', ({ condition, t, e }, backend) => {
  const slot = backend.addon.select(backend.slot(condition!), backend.slot(t!), backend.slot(e!))
  return backend.output(slot, t!.shape, tf.upcastType(t!.dtype, e!.dtype))
})

register('Cast', ({ x }, backend, { dtype }) =>
  x!.dtype === dtype
    ? identity(x!, backend)
    : backend.output(backend.addon.cast(backend.slot(x!), dtype), x!.shape, dtype),
)

function broadcastShape(a: number[], b: number[]): number[] {
  if (a.length !== b.length) return tf.backend_util.assertAndGetBroadcastShape(a, b)
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return tf.backend_util.assertAndGetBroadcastShape(a, b)
  }
  return a
}
