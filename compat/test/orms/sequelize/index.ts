import { DataTypes, Sequelize } from 'sequelize';
import { ROLES } from '../../model.ts';
import type { Orm } from '../../orm.ts';
import { sqlite3 } from './sqlite3.ts';

export const sequelizeOrm: Orm = async (where) => {
  const sequelize =
    'sqlite' in where
      ? new Sequelize({ dialect: 'sqlite', dialectModule: sqlite3, storage: where.sqlite, logging: false })
      : new Sequelize(where.postgres, { dialect: 'postgres', logging: false });
  const { Author, Tag, Post } = models(sequelize);
  return {
    async createTables() {
      await sequelize.sync();
    },
    async write(blog) {
      await Author.bulkCreate(
        blog.authors.map((author) => ({ ...author, avatar: author.avatar && Buffer.from(author.avatar) })),
      );
      const tags = await Promise.all(blog.tags.map((name, i) => Tag.create({ id: i + 1, name })));
      for (const { tags: own, ...post } of blog.posts) {
        const made = await Post.create(post);
        const links = tags.filter((tag) => own.includes(tag.get('name') as string));
        if (links.length > 0) await (made as unknown as WithTags).addTags(links);
      }
    },
    async read() {
      const authors = await Author.findAll({ order: ['email'] });
      const posts = await Post.findAll({ include: [Author, Tag], order: ['id', [Tag, 'id', 'ASC']] });
      return {
        authors: authors.map((author) => asApplication(author.get({ plain: true }))),
        posts: posts.map((post) => {
          const { Author: author, ...rest } = post.get({ plain: true });
          return { ...rest, author: asApplication(author) };
        }),
      };
    },
    async addPost(authorId, title) {
      const post = await Post.create({ authorId, title, isPublished: true, rating: 1 });
      return post.get('id') as number;
    },
    close: () => sequelize.close(),
  };
};

interface WithTags {
  addTags(tags: readonly unknown[]): Promise<void>;
}

function models(sequelize: Sequelize) {
  const Author = sequelize.define('Author', {
    id: { type: DataTypes.UUID, primaryKey: true },
    email: { type: DataTypes.STRING, allowNull: false, unique: true },
    role: { type: DataTypes.ENUM(...ROLES), allowNull: false },
    isActive: { type: DataTypes.BOOLEAN, allowNull: false },
    logins: { type: DataTypes.INTEGER, allowNull: false },
    balance: { type: DataTypes.DECIMAL(10, 2), allowNull: false },
    birthday: { type: DataTypes.DATEONLY },
    joinedAt: { type: DataTypes.DATE, allowNull: false },
    settings: { type: DataTypes.JSON, allowNull: false },
    avatar: { type: DataTypes.BLOB },
  });
  const Tag = sequelize.define('Tag', { name: { type: DataTypes.STRING, allowNull: false, unique: true } });
  const Post = sequelize.define('Post', {
    title: { type: DataTypes.STRING, allowNull: false },
    body: { type: DataTypes.TEXT },
    isPublished: { type: DataTypes.BOOLEAN, allowNull: false },
    publishedAt: { type: DataTypes.DATE },
    rating: { type: DataTypes.DOUBLE, allowNull: false },
  });
  Post.belongsTo(Author, { foreignKey: { name: 'authorId', allowNull: false }, onDelete: 'CASCADE' });
  Post.belongsToMany(Tag, { through: 'PostTags' });
  Tag.belongsToMany(Post, { through: 'PostTags' });
  return { Author, Tag, Post };
}

/** Decimals are numbers that Sequelize reads from SQLite, and texts that it reads from PostgreSQL. */
function asApplication(author: { balance: unknown }) {
  return { ...author, balance: Number(author.balance) };
}
