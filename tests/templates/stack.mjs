// A transformed template as a deployment would see it, with parameters given and conditions decided.

const PSEUDO = {
  'AWS::AccountId': '123456789012',
  'AWS::NoValue': undefined,
  'AWS::Partition': 'aws',
  'AWS::Region': 'eu-west-1',
  'AWS::StackName': 'my-chat',
  'AWS::URLSuffix': 'amazonaws.com',
}

/**
 * The `resources` that are made and the `outputs`, with all references resolved. A resource's id is its logical id, `Ref`
 * of a stage is its name, and `Fn::GetAtt` gives `Table.Arn`.
 */
export function deploy(template, chosen = {}) {
  const parameters = Object.fromEntries(
    Object.entries(template.Parameters ?? {}).map(([name, { Default }]) => [name, String(chosen[name] ?? Default)]),
  )
  const reference = (name) => {
    if (name in PSEUDO) return PSEUDO[name]
    if (name in parameters) return parameters[name]
    const [id] = name.split('.')
    const resource = template.Resources[id]
    if (!resource || !made(resource)) throw new Error(`${name} is used, but is not there`)
    return resource.Type === 'AWS::ApiGatewayV2::Stage' ? resolve(resource.Properties.StageName) : name
  }
  const functions = {
    Ref: reference,
    'Fn::GetAtt': (path) => reference([path].flat().join('.')),
    'Fn::Sub': (argument) => {
      const [text, values] = [argument].flat()
      return text.replace(/\$\{([^!}]+)\}/g, (_, name) => (values && name in values ? resolve(values[name]) : reference(name)))
    },
    'Fn::Join': ([between, parts]) => resolve(parts).join(between),
    'Fn::If': ([name, yes, no]) => resolve(condition(name) ? yes : no),
    'Fn::Equals': ([left, right]) => resolve(left) === resolve(right),
    'Fn::FindInMap': ([map, first, second]) => template.Mappings[map][resolve(first)][resolve(second)],
  }
  const condition = (name) => resolve(template.Conditions[name])
  const made = (resource) => !resource.Condition || condition(resource.Condition)

  function resolve(value) {
    if (Array.isArray(value)) return value.map(resolve).filter((item) => item !== undefined)
    if (typeof value !== 'object' || value === null) return value
    const [name, ...others] = Object.keys(value)
    if (others.length === 0 && name in functions) return functions[name](value[name])
    if (others.length === 0 && name.startsWith('Fn::')) throw new Error(`${name} is not known here`)
    const entries = Object.entries(value).map(([key, inner]) => [key, resolve(inner)])
    return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined))
  }

  const resources = Object.entries(template.Resources).filter(([, resource]) => made(resource))
  return {
    resources: Object.fromEntries(resources.map(([name, resource]) => [name, resolve(resource)])),
    outputs: Object.fromEntries(Object.entries(template.Outputs).map(([name, { Value }]) => [name, resolve(Value)])),
  }
}

/** What the roles of a stack's functions allow, by the function's logical id: `{ statements, managed }`. */
export function permissions({ resources }) {
  const functions = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
  return Object.fromEntries(
    functions.map(([name, { Properties }]) => {
      const role = resources[Properties.Role.replace(/\.Arn$/, '')].Properties
      const statements = (role.Policies ?? []).flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
      return [name, { statements, managed: role.ManagedPolicyArns }]
    }),
  )
}
