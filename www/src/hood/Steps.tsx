import type { Status } from 'gatesocket'
import type { StepTimes } from './useStepTimes.js'

const ORDER: readonly Status[] = ['connecting', 'identifying', 'ready']

/** The three steps that people write by hand, as they happen. */
export function Steps({ times, status }: { times: StepTimes; status: Status }) {
  const { opened, identified } = times
  const steps = [
    { name: 'Connect', what: 'open the WebSocket', ms: opened },
    {
      name: 'Ask',
      what: '{"action":"GET_CONNECTION_ID"}',
      ms: opened !== null && identified !== null ? identified - opened : null,
    },
    { name: 'Know', what: 'the first message with a connectionId', ms: identified },
  ]
  return (
    <ol className="steps">
      {steps.map(({ name, what, ms }, index) => (
        <li key={name} className={ms !== null ? 'done' : ORDER.indexOf(status) === index ? 'now' : ''}>
          <strong>{name}</strong>
          <span>{what}</span>
          <output data-testid={`step-${name.toLowerCase()}`} data-ms={ms ?? ''}>
            {ms === null ? '–' : `${index === 2 ? 'total ' : ''}${ms.toFixed(ms < 10 ? 1 : 0)} ms`}
          </output>
        </li>
      ))}
    </ol>
  )
}
