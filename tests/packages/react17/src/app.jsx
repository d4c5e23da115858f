import { Component } from 'react'
import ReactDOM from 'react-dom'
import { useGateSocket } from 'gatesocket/react'

class Boundary extends Component {
  state = { error: null }

  static getDerivedStateFromError(error) {
    return { error }
  }

  render() {
    return this.state.error ? <p>{this.state.error.message}</p> : this.props.children
  }
}

function App() {
  const { connectionId, status } = useGateSocket('ws://localhost:3001/production/')
  return <p>{connectionId ?? status}</p>
}

ReactDOM.render(
  <Boundary>
    <App />
  </Boundary>,
  document.getElementById('root'),
)
