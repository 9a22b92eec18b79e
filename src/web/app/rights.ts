/** What who is signed in may do, so that the page offers no button that the API would refuse; the API decides. */
import { useQuery } from '@tanstack/react-query'
import { mayAs, type Role } from '../../model/identity.ts'
import { me } from '../api/queries.ts'

/** False as long as it is not known. */
export function useMay(role: Role): boolean {
  const { data } = useQuery({ ...me(), staleTime: Number.POSITIVE_INFINITY })
  return data !== undefined && mayAs(data.role, role)
}
