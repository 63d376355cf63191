import { register } from './register.ts'

register('Complex', ({ real, imag }, backend) =>
  backend.output(backend.addon.complex(backend.slot(real!), backend.slot(imag!)), real!.shape, 'complex64'),
)

register('Real', ({ input }, backend) =>
  backend.output(backend.addon.real(backend.slot(input!)), input!.shape, 'float32'),
)

register('Imag', ({ input }, backend) =>
  backend.output(backend.addon.imaginary(backend.slot(input!)), input!.shape, 'float32'),
)

register('ComplexAbs', ({ x }, backend) =>
  backend.output(backend.addon.magnitude(backend.slot(x!)), x!.shape, 'float32'),
)

register('FFT', ({ input }, backend) =>
  backend.output(backend.addon.fourier(backend.slot(input!)), input!.shape, 'complex64'),
)

register('IFFT', ({ input }, backend) =>
  backend.output(backend.addon.inverseFourier(backend.slot(input!)), input!.shape, 'complex64'),
)
