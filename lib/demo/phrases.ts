/** The text of the bundled workspace "support replies". `{object}`, `{day}`, `{number}` and `{name}` are slots. */

export const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const
export const names = [
  'Anna',
  'Ben',
  'Carla',
  'David',
  'Emma',
  'Felix',
  'Grace',
  'Hugo',
  'Ida',
  'Jonas',
] as const
export const goods = ['kettle', 'lamp', 'backpack', 'watch', 'keyboard', 'tent', 'camera', 'clock'] as const
export const clothes = ['jacket', 'sweater', 'coat', 'dress'] as const

export interface Topic {
  /** What {object} may be. A message without the slot is about `fallback`. */
  objects: readonly string[]
  fallback: string
  messages: readonly string[]
  /** A word of the message that gives the topic away; topics are tried in the order of `topics`. */
  clue: RegExp
  acknowledgements: readonly string[]
  steps: readonly string[]
  /** A sentence that holds one of these and a promise or an instruction is a concrete step for this topic. */
  remedy: RegExp
}

const products = [...goods, ...clothes] as const

export const topics = {
  password: {
    objects: ['password'],
    fallback: 'password',
    messages: [
      'I forgot my password.',
      'I cannot log in, my password does not work.',
      'The mail for my new password does not come.',
      'My password was refused on {day}.',
    ],
    clue: /\bpassword\b/,
    acknowledgements: [
      'Your {object} does not let you in.',
      'I see that the {object} was refused.',
      'It is easy to forget a {object}.',
    ],
    steps: [
      'Please use the reset link that I have just sent you.',
      'Please open the login page and choose reset to set a new {object}.',
      'I have sent you a reset link for your {object}.',
    ],
    remedy: /\breset\b/,
  },
  subscription: {
    objects: ['subscription'],
    fallback: 'subscription',
    messages: [
      'How do I cancel my subscription?',
      'I want to end my subscription on {day}.',
      'Please pause my subscription until {day}.',
      'My subscription runs on, but I said stop.',
    ],
    clue: /\bsubscription\b/,
    acknowledgements: [
      'You would like to stop your {object}.',
      'I see that your {object} is still running.',
      'You no longer need the {object}.',
    ],
    steps: [
      'I have cancelled your {object} and you will pay nothing more.',
      'I have paused your {object} until you tell us to start it again.',
      'Please open your account page and choose cancel to end the {object}.',
    ],
    remedy: /\b(cancel|cancelled|paused)\b/,
  },
  invoice: {
    objects: products,
    fallback: 'order',
    messages: [
      'I need an invoice for the {object}.',
      'Where is the invoice for order {number}?',
      'The invoice for my {object} has the wrong name.',
      'Please send me an invoice for the {object}.',
    ],
    clue: /\binvoice\b/,
    acknowledgements: [
      'You need the papers for your {object}.',
      'I see that the papers for your {object} are not right.',
      'The papers for the {object} should have come with it.',
    ],
    steps: [
      'I have attached the invoice for your {object} to this mail.',
      'We will mail you a new invoice for the {object} today.',
      'You will find the invoice for the {object} on your account page.',
    ],
    remedy: /\binvoice\b/,
  },
  address: {
    objects: products,
    fallback: 'order',
    messages: [
      'Please send the {object} to my new address.',
      'I moved on {day}. Can you change the address of order {number}?',
      'My {object} is going to the wrong address.',
      'I gave you my old address for the {object}.',
    ],
    clue: /\baddress\b/,
    acknowledgements: [
      'Your {object} should go to your new home.',
      'You have moved and your {object} has not left yet.',
      'I see where the {object} was going.',
    ],
    steps: [
      'I have changed the address, and your {object} will come to your new home.',
      'Please send us the new address and we will correct it for the {object}.',
      'We will send the {object} to the new address on {day}.',
    ],
    remedy: /\baddress\b/,
  },
  refund: {
    objects: products,
    fallback: 'order',
    messages: [
      'I sent the {object} back and still have no refund.',
      'When do I get my refund for the {object}?',
      'You promised a refund for order {number} by {day}.',
      'I returned the {object} on {day}. Where is my refund?',
    ],
    clue: /\brefund\b/,
    acknowledgements: [
      'Your {object} is back with us.',
      'You returned the {object} and waited long enough.',
      'We have received the {object} from you.',
    ],
    steps: [
      'I have sent the refund for the {object} to your card today.',
      'You will have the refund for your {object} on {day}.',
      'We will pay the refund for the {object} to your bank at once.',
    ],
    remedy: /\brefund\b/,
  },
  size: {
    objects: clothes,
    fallback: 'order',
    messages: [
      'The {object} is too small for me.',
      'I ordered the {object} in the wrong size.',
      'My {object} does not fit, it is too large.',
      'The size of the {object} is not what I ordered.',
    ],
    clue: /\b(size|small|large)\b/,
    acknowledgements: [
      'Your {object} does not fit you.',
      'I see that the {object} is not right for you.',
      'A {object} should fit well.',
    ],
    steps: [
      'Please send the {object} back for free and we will post the right size.',
      'I will change the {object} for the right size today.',
      'We have put your size aside and will post the {object} on {day}.',
    ],
    remedy: /\bsize\b/,
  },
  damaged: {
    objects: goods,
    fallback: 'order',
    messages: [
      'The {object} arrived broken.',
      'My {object} came with a crack and is broken.',
      'The {object} broke on {day}.',
      'I opened the box and the {object} was broken.',
    ],
    clue: /\b(broken|broke)\b/,
    acknowledgements: [
      'Your {object} should have come in one piece.',
      'A {object} with a crack is no good.',
      'I see that the {object} does not work.',
    ],
    steps: [
      'We will replace the {object} for free and you can keep the old one.',
      'Please send us a photo and we will replace the {object} at once.',
      'I have sent a courier to replace your {object} on {day}.',
    ],
    remedy: /\breplace\b/,
  },
  late: {
    objects: products,
    fallback: 'order',
    messages: [
      'My {object} should have come on {day}. Where is it?',
      'I am still waiting for the {object} from {day}.',
      'Order {number} is late. When will it come?',
      'The {object} was due on {day} and is not here.',
    ],
    clue: /\b(late|waiting|due|where is it)\b/,
    acknowledgements: [
      'Your {object} is late.',
      'The {object} should be with you by now.',
      'You have waited too long for your {object}.',
    ],
    steps: [
      'I have asked the carrier and your {object} will come on {day}.',
      'You can follow the {object} with the tracking link that I have sent you.',
      'We will send the {object} by express carrier today.',
    ],
    remedy: /\b(carrier|tracking)\b/,
  },
} as const satisfies Record<string, Topic>

export type TopicName = keyof typeof topics
export const topicNames = Object.keys(topics) as TopicName[]
export const objectNames: readonly string[] = [...products, 'password', 'subscription', 'order']

export const moods = {
  calm: {
    openings: ['Hello.', 'Hi there.', 'Good morning.', ''],
    closings: ['Thank you.', 'Thanks, {name}.', ''],
  },
  friendly: {
    openings: ['Hello, I am {name}.', 'Dear team,', 'Hi, it is {name} again.'],
    closings: ['Can you help me?', 'Thanks a lot, {name}.', 'Have a good {day}.'],
  },
  worried: {
    openings: ['I am a bit worried.', 'Oh dear.', 'I hope you can help.'],
    closings: ['What can I do?', 'I need help by {day}.', 'Please answer soon, {name}.'],
  },
  annoyed: {
    openings: ['I am not happy.', 'Well, well.', 'This is no fun.'],
    closings: ['Please be quick.', 'It is {day} already.', 'I want an answer, {name}.'],
  },
  angry: {
    openings: ['This is the third time I write!', 'Enough is enough!', 'I am very angry!'],
    closings: ['Do something!', 'I give you until {day}!', 'Never again!'],
  },
} as const

/** What a reply may hold besides acknowledgements and steps. */
export const remarks = {
  kindOpening: [
    'I am sorry about this.',
    'Thank you for your message.',
    'I am very sorry for the trouble.',
    'Thanks for telling us.',
    'Hello, I am happy to help.',
  ],
  plainOpening: ['Hello.', 'Good day.', 'This is the support team.', 'We got your message.'],
  rudeOpening: [
    'Oh no, not you again.',
    'You should think before you complain.',
    'That is your own stupid fault.',
    'Stop wasting our time.',
    'Who cares about that?',
  ],
  kindClosing: [
    'Have a lovely day!',
    'Thank you for your patience.',
    'Please write if you need anything else.',
    'We are glad to help you.',
  ],
  plainClosing: ['That is all for now.', 'This mail was sent by the support team.', 'Goodbye.'],
  rudeClosing: [
    'Now leave us alone.',
    'Go and bother somebody else.',
    'We have better things to do than this.',
    'You are a pain, so do not write again.',
  ],
  vague: [
    'Somebody may look at it at some point.',
    'These things happen, and then they pass.',
    'It could take a while, or perhaps it could not.',
    'We might know more when we know more.',
  ],
  refusal: ['There is nothing we can do.', 'We cannot help with that.', 'Our rules do not allow that.'],
  offSubject: [
    'The weather at the sea was lovely this morning.',
    'My cousin plays the piano in a small jazz band.',
    'Did you know that cats sleep most of the day?',
    'We had tomato soup for lunch and it was good.',
  ],
  rambling: [
    'As we always say here, one thing leads to another, and another thing leads to one more thing.',
    'Let me begin at the beginning, because before the beginning there was, as it were, nothing much at all.',
    'On the one hand there is this, on the other hand there is that, and in between there is a lot.',
  ],
} as const

export type RemarkName = keyof typeof remarks
