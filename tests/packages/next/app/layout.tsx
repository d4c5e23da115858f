import { GateSocketProvider } from 'gatesocket/react'
import type { ReactNode } from 'react'

export const metadata = { title: 'A Next.js app' }

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <GateSocketProvider url="ws://localhost:3001/production/">{children}</GateSocketProvider>
      </body>
    </html>
  )
}
