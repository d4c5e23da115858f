// What is waited for may take long on a busy machine; Testing Library gives up after a second.
import { configure } from '@testing-library/react'

configure({ asyncUtilTimeout: 20_000 })
