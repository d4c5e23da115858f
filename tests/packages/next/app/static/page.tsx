import { Connection } from '../Connection'

export default function Static() {
  return <Connection />
}
