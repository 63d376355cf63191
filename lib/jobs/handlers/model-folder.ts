import { db } from '../../db.ts'
import { artifacts } from '../../storage/artifacts.ts'

/** The Hugging Face folder of a model version on this machine. */
export async function modelFolder(versionId: string): Promise<string> {
  const { artifact } = await db.modelVersion.findUniqueOrThrow({ where: { id: versionId } })
  return (await artifacts()).localPath(artifact)
}
