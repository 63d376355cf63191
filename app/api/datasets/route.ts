import { listDatasets, listDatasetsInput } from '#lib/datasets/list-datasets.ts'
import { makeDataset, makeDatasetInput } from '#lib/datasets/make-dataset.ts'
import { handle } from '../handle.ts'

export const GET = handle('dataset.list', listDatasetsInput, listDatasets)
export const POST = handle('dataset.create', makeDatasetInput, makeDataset, { status: 201 })
