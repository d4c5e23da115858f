import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import Connection from './Connection.jsx'

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Connection />
  </StrictMode>,
)
