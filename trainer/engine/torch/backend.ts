import * as tf from '@tensorflow/tfjs-core'
import type { FusedKernels } from '#trainer/engine/fused.ts'
import type { Slot } from './addon.ts'
import type { Addon } from './load.ts'

type Values = Float32Array | Int32Array | Uint8Array

/** What TensorFlow.js calls a DataId: the data of one or more of its tensors, as every kernel of this engine makes them. */
export class TorchData {
  readonly slot: Slot
  readonly dtype: tf.DataType
  /** Elements. */
  readonly size: number
  references = 1
  /** A string tensor's bytes; it has no slot. */
  strings?: Uint8Array[]

  constructor(slot: Slot, dtype: tf.DataType, size: number) {
    this.slot = slot
    this.dtype = dtype
    this.size = size
  }
}

/** TensorFlow.js on libtorch: a tensor's data is a slot in the addon's table, freed when its last reference goes. */
export class TorchBackend extends tf.KernelBackend {
  readonly addon: Addon
  /** What the fused kernels compute in; the parameters are fp32 in any case. */
  precision: 'fp32' | 'bf16' = 'fp32'
  fused?: FusedKernels
  /** Data that came from another backend keep the id they had there. */
  readonly #moved = new WeakMap<object, TorchData>()
  #count = 0

  constructor(addon: Addon) {
    super()
    this.addon = addon
  }

  /** The data behind an id, fetched from another backend where it is not here. */
  data(dataId: object): TorchData {
    if (dataId instanceof TorchData) return dataId
    const known = this.#moved.get(dataId)
    if (known) return known
    tf.engine().moveData(this, dataId)
    return this.#moved.get(dataId)!
  }

  /** The slot of a kernel's input. */
  slot(tensor: tf.TensorInfo): Slot {
    const { slot } = this.data(tensor.dataId)
    if (slot < 0) throw new Error('this engine computes with numbers and booleans, not with strings')
    return slot
  }

  /** A kernel's output, of a slot that becomes its own. */
  output(slot: Slot, shape: number[], dtype: tf.DataType): tf.TensorInfo {
    this.#count++
    return { dataId: new TorchData(slot, dtype, tf.util.sizeFromShape(shape)), shape, dtype }
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    this.#count++
    return this.#store(values, shape, dtype)
  }

  override move(
    dataId: object,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    this.#count++
    const data = this.#store(values, shape, dtype)
    data.references = references
    this.#moved.set(dataId, data)
  }

  #store(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): TorchData {
    const size = tf.util.sizeFromShape(shape)
    if (dtype === 'string') {
      const data = new TorchData(-1, dtype, size)
      data.strings = values as Uint8Array[]
      return data
    }
    const slot = dtype === 'complex64' ? this.#uploadPairs(values, shape) : this.#upload(values, shape, dtype)
    return new TorchData(slot, dtype, size)
  }

  #upload(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): Slot {
    return this.addon.upload(arrayOf(values, dtype), shape, dtype)
  }

  /** Complex numbers are in JavaScript their real and imaginary parts in turns. */
  #uploadPairs(values: tf.backend_util.BackendValues, shape: number[]): Slot {
    const pairs = this.#upload(values, [...shape, 2], 'float32')
    const slot = this.addon.fromPairs(pairs)
    this.addon.release(pairs)
    return slot
  }

  override readSync(dataId: object): tf.backend_util.BackendValues {
    const { slot, dtype, size, strings } = this.data(dataId)
    if (strings) return strings
    if (dtype === 'complex64') return this.#downloadPairs(slot, size)
    const values = arrayOf(size, dtype)
    this.addon.download(slot, values)
    return values
  }

  #downloadPairs(slot: Slot, size: number): Float32Array {
    const values = new Float32Array(2 * size)
    const pairs = this.addon.toPairs(slot)
    this.addon.download(pairs, values)
    this.addon.release(pairs)
    return values
  }

  override async read(dataId: object): Promise<tf.backend_util.BackendValues> {
    return this.readSync(dataId)
  }

  override incRef(dataId: object): void {
    this.data(dataId).references++
  }

  override refCount(dataId: object): number {
    return this.#own(dataId)?.references ?? 0
  }

  override disposeData(dataId: object, force = false): boolean {
    const data = this.#own(dataId)
    if (!data || data.references === 0) return true
    data.references--
    if (!force && data.references > 0) return false
    data.references = 0
    this.#count--
    if (!data.strings) this.addon.release(data.slot)
    this.#moved.delete(dataId)
    return true
  }

  #own(dataId: object): TorchData | undefined {
    return dataId instanceof TorchData ? dataId : this.#moved.get(dataId)
  }

  override numDataIds(): number {
    return this.#count
  }

  /** `numBytesInUse`: what the tensors hold in memory, storage that several share counted once. */
  override memory(): { unreliable: boolean; numBytesInUse: number } {
    return { unreliable: false, numBytesInUse: this.addon.liveBytes() }
  }

  override timerAvailable(): boolean {
    return true
  }

  override async time(f: () => void): Promise<tf.BackendTimingInfo> {
    this.addon.synchronize()
    const start = tf.util.now()
    f()
    this.addon.synchronize()
    return { kernelMs: tf.util.now() - start }
  }

  override floatPrecision(): 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override dispose(): void {}
}

function arrayOf(values: tf.backend_util.BackendValues | number, dtype: tf.DataType): Values {
  const Kind = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array
  if (values instanceof Kind) return values
  return typeof values === 'number' ? new Kind(values) : Kind.from(values as ArrayLike<number>)
}
