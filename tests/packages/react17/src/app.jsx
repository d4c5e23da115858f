import { Component } from 'react'
import ReactDOM from 'react-dom'
import { useWebSocket } from 'gatesocket/compat/react-use-websocket'
import { GateSocketProvider, useGateSocket } from 'gatesocket/react'

const URL = 'ws://localhost:3001/production/'

class Boundary extends Component {
  state = { error: null }

  static getDerivedStateFromError(error) {
    return { error }
  }

  render() {
    return this.state.error ? <p>{this.state.error.message}</p> : this.props.children
  }
}

function Hook() {
  const { connectionId, status } = useGateSocket(URL)
  return <p>{connectionId ?? status}</p>
}

function OtherHook() {
  return <p>{useWebSocket(URL).readyState}</p>
}

ReactDOM.render(
  <>
    <Boundary>
      <Hook />
    </Boundary>
    <Boundary>
      <GateSocketProvider url={URL}>
        <p>connecting</p>
      </GateSocketProvider>
    </Boundary>
    <Boundary>
      <OtherHook />
    </Boundary>
  </>,
  document.getElementById('root'),
)
