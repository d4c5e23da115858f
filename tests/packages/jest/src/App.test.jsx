import { render, screen } from '@testing-library/react'
import App from './App.jsx'

test('shows a connectionId', async () => {
  render(<App />)
  expect(await screen.findByText(/^[\w-]{15}=$/, {}, { timeout: 5000 })).toBeTruthy()
})
