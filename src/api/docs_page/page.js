'use strict';
// Renders /openapi.json. Text goes in as text: nothing of the description is ever read as markup.
const METHODS = ['get', 'head', 'post', 'put', 'patch', 'delete', 'options'];
const SAMPLES = { collection: 'notes', key: 'users/42/today', type: 'no-such-item' };

function make(tag, options, ...children) {
  const node = document.createElement(tag);
  Object.assign(node, options);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}
const text = (value, className) => make('span', { className: className || '' }, value);
const code = (value) => make('code', {}, value);
const heading = (value) => make('h4', {}, value);

function method(name) {
  const node = text(name, 'method');
  node.style.color = `var(--${name})`;
  return node;
}

function kindOf(schema, spec) {
  if (!schema) return '';
  if (schema.$ref) return schema.$ref.split('/').pop();
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const parts = schema.anyOf || schema.allOf;
  if (parts) return parts.map((part) => kindOf(part, spec)).join(schema.anyOf ? ' or ' : ' with ');
  let kind = [].concat(schema.type || 'any').join(' | ');
  if (schema.type === 'array' && schema.items) kind = `array of ${kindOf(schema.items, spec)}`;
  const [least, most] = [schema.minimum ?? schema.minLength, schema.maximum ?? schema.maxLength];
  if (least !== undefined || most !== undefined) kind += ` ${least ?? ''}…${most ?? ''}`;
  if (schema.examples) kind += `, such as ${schema.examples.join(' or ')}`;
  if (schema.default !== undefined) kind += `, default ${JSON.stringify(schema.default)}`;
  return kind;
}

function resolve(value, spec) {
  if (!value || !value.$ref) return value;
  return value.$ref.slice(2).split('/').reduce((node, part) => node[part], spec);
}

function curl(path, name, operation, spec) {
  const target = path.replace(/\{(\w+)\}/g, (_, part) => SAMPLES[part] || part);
  const words = ['curl'];
  if (name === 'head') words.push('-I');
  else words.push('-i');
  if (!['get', 'head'].includes(name)) words.push(`-X ${name.toUpperCase()}`);
  words.push(`'${location.origin}${target}'`);
  const content = operation.requestBody && operation.requestBody.content;
  if (content) {
    const [media, body] = Object.entries(content).find(([type]) => type.includes('increment')) || Object.entries(content)[0];
    const example = typeof body.example === 'string' ? body.example : JSON.stringify(body.example);
    words.push(`\\\n  -H 'Content-Type: ${media}'`, `\\\n  --data-binary '${example.replaceAll("'", "'\\''")}'`);
  }
  return words.join(' ');
}

function copyable(value) {
  const button = make('button', { type: 'button', title: 'Copy' }, 'copy');
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(value).then(() => { button.textContent = 'copied'; });
  });
  return make('pre', {}, value, button);
}

function parameters(operation, spec) {
  const rows = (operation.parameters || []).map((entry) => {
    const parameter = resolve(entry, spec);
    return make('tr', {},
      make('td', {}, code(parameter.name), make('br', {}), text(parameter.in + (parameter.required ? ', required' : ''), 'soft')),
      make('td', {}, parameter.description, make('br', {}), text(kindOf(parameter.schema, spec), 'soft')));
  });
  return rows.length ? [heading('Parameters'), make('table', {}, ...rows)] : [];
}

function requestBody(operation, spec) {
  const body = operation.requestBody;
  if (!body) return [];
  const rows = Object.entries(body.content).map(([media, content]) => {
    const example = typeof content.example === 'string' ? content.example : JSON.stringify(content.example, null, 1);
    return make('tr', {},
      make('td', {}, code(media), make('br', {}), text(kindOf(content.schema, spec), 'soft')),
      make('td', {}, make('pre', {}, example.trim())));
  });
  return [heading('Body'), make('p', { className: 'soft' }, body.description), make('table', {}, ...rows)];
}

function problemLinks(answer, spec) {
  const content = answer.content && answer.content['application/problem+json'];
  if (!content) return [];
  const types = content.schema.allOf[1].properties.type.enum;
  return types.flatMap((type) => [make('a', { href: type }, type.split('/').pop()), ' ']);
}

function answers(operation, spec) {
  const row = ([status, answer]) => {
    const mood = status < 300 ? 'ok' : status < 400 ? 'odd' : 'bad';
    const links = problemLinks(answer, spec);
    const fields = Object.keys(answer.headers || {}).join(', ');
    const [media, body] = Object.entries(answer.content || {})[0] || [];
    const more = links.length ? fields : [media, body && kindOf(body.schema, spec), fields].filter(Boolean).join(' · ');
    return make('tr', {},
      make('td', {}, text(status, `status ${mood}`)),
      make('td', {}, ...(links.length ? links : [answer.description]), make('br', {}), text(more, 'soft')));
  };
  const all = Object.entries(operation.responses);
  const good = all.filter(([status]) => status < 400);
  const bad = all.filter(([status]) => status >= 400);
  const failures = bad.length
    ? make('details', {}, make('summary', {}, `Failures: ${bad.map(([status]) => status).join(' ')}`), make('table', {}, ...bad.map(row)))
    : null;
  return [heading('Answers'), make('table', {}, ...good.map(row)), failures];
}

function article(path, name, operation, spec) {
  return make('article', { id: operation.operationId },
    make('h3', {}, operation.summary),
    make('div', { className: 'line' }, method(name), code(path)),
    operation.description ? make('p', {}, operation.description) : null,
    ...parameters(operation, spec), ...requestBody(operation, spec), ...answers(operation, spec),
    heading('Try it'), copyable(curl(path, name, operation, spec)));
}

function operationsOf(tag, spec) {
  const all = Object.entries(spec.paths).flatMap(([path, operations]) =>
    METHODS.filter((name) => operations[name]).map((name) => ({ path, name, operation: operations[name] })));
  return all.filter(({ operation }) => operation.tags.includes(tag));
}

function tables(spec) {
  const limits = spec['x-limits'].map(({ what, limit, unit }) =>
    make('tr', {}, make('td', {}, what), make('td', {}, `${limit.toLocaleString('en')} ${unit}`)));
  const problems = spec['x-problems'].map(({ type, status, title, meaning }) =>
    make('tr', {}, make('td', {}, make('a', { href: type }, type.split('/').pop()), make('br', {}), text(String(status), 'status bad')),
      make('td', {}, meaning)));
  const schemas = Object.entries(spec.components.schemas).map(([name, schema]) =>
    make('details', {}, make('summary', {}, name), make('pre', {}, JSON.stringify(schema, null, 2))));
  return [
    make('section', { id: 'schemas' }, make('h2', {}, 'Schemas'), make('article', {}, ...schemas)),
    make('section', { id: 'limits' }, make('h2', {}, 'Limits'), make('article', {}, make('table', {}, ...limits))),
    make('section', { id: 'problems' }, make('h2', {}, 'Problems'), make('article', {}, make('table', {}, ...problems))),
  ];
}

function render(spec) {
  const main = document.getElementById('top');
  const contents = document.getElementById('contents');
  document.getElementById('version').textContent = spec.info.version;
  main.replaceChildren(make('h1', {}, spec.info.title), make('p', { className: 'soft' }, spec.info.summary),
    ...spec.info.description.split('\n\n').map((paragraph) => make('p', {}, paragraph)),
    make('p', {}, make('a', { href: '/openapi.json' }, '/openapi.json')));
  for (const { name: tag, description } of spec.tags) {
    const all = operationsOf(tag, spec);
    contents.append(make('div', {}, make('h2', {}, tag), ...all.map(({ name, operation }) =>
      make('a', { href: `#${operation.operationId}` }, method(name), operation.summary))));
    main.append(make('section', {}, make('h2', {}, tag), make('p', {}, description),
      ...all.map(({ path, name, operation }) => article(path, name, operation, spec))));
  }
  contents.append(make('div', {}, make('h2', {}, 'Reference'), ...['Schemas', 'Limits', 'Problems'].map((name) =>
    make('a', { href: `#${name.toLowerCase()}` }, name))));
  main.append(...tables(spec), make('p', { id: 'nothing', hidden: true }, 'Nothing here has these words.'));
  // The browser looked for the place in the address before there was anything on the page.
  const place = location.hash && document.getElementById(location.hash.slice(1));
  if (place) place.scrollIntoView({ behavior: 'instant' });
  document.documentElement.dataset.rendered = document.querySelectorAll('article[id]').length;
}

document.getElementById('filter').addEventListener('input', ({ target }) => {
  const wanted = target.value.toLowerCase();
  for (const node of document.querySelectorAll('article[id], section[id]')) {
    node.hidden = !node.textContent.toLowerCase().includes(wanted);
    const link = document.querySelector(`nav a[href="#${node.id}"]`);
    if (link) link.hidden = node.hidden;
  }
  // A group of which nothing is left has no heading either.
  for (const [groups, part] of [['main > section:not([id])', 'article'], ['#contents > div', 'a']]) {
    for (const group of document.querySelectorAll(groups)) group.hidden = !group.querySelector(`${part}:not([hidden])`);
  }
  document.getElementById('nothing').hidden = document.querySelector('main > section:not([hidden])') !== null;
});

fetch('/openapi.json').then((answer) => answer.json()).then(render).catch((failure) => {
  document.getElementById('state').textContent = `/openapi.json can't be read: ${failure.message}`;
});
