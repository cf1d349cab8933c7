import { Body, Controller, HttpCode, Module, Post } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { tokenUsageMiddleware } from 'token-usage-tracker'

class ChatController {
  answer(body) {
    return {
      object: 'chat.completion',
      model: body.model,
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
    }
  }
}

class AppModule {
  configure(consumer) {
    consumer.apply(tokenUsageMiddleware()).forRoutes('*path')
  }
}

// What `@Controller()`, `@Post()`, `@Body()` and `@Module()` do in TypeScript.
const { prototype } = ChatController
const method = Object.getOwnPropertyDescriptor(prototype, 'answer')
Controller()(ChatController)
Post('/v1/chat/completions')(prototype, 'answer', method)
HttpCode(200)(prototype, 'answer', method)
Body()(prototype, 'answer', 0)
Module({ controllers: [ChatController] })(AppModule)

const app = await NestFactory.create(AppModule, { logger: false })
const server = await app.listen(process.env.PORT ?? 3000)
console.log(`listening on http://localhost:${server.address().port}`)
